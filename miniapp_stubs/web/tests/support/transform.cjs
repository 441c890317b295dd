// ES modules as jest runs them; `import.meta.url` is the file's own address there, too.

const { transformSync } = require('esbuild')

module.exports = {
  process: (source, filename) => ({
    code: transformSync(source, {
      format: 'cjs',
      target: 'node20',
      sourcefile: filename,
      sourcemap: 'inline',
      define: { 'import.meta.url': '__address' },
      banner: 'const __address = require("node:url").pathToFileURL(__filename).href;',
    }).code,
  }),
}
