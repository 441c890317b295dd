// import and export of TDesign's files as Node knows them; WeChat and esbuild do the same.

const { transformSync } = require('esbuild')

module.exports = {
  process: (source, filename) => ({ code: transformSync(source, { format: 'cjs', target: 'node20', sourcefile: filename, sourcemap: 'inline' }).code }),
}
