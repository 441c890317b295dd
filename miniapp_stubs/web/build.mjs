// Builds the mini-program for browsers: node web/build.mjs [--dev] [SOURCE [OUTPUT]]. Fails when something is missing.

import { build } from './compiler/build.mjs'
import { OUTPUT, SOURCE } from './compiler/paths.mjs'

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const [source = SOURCE, output = OUTPUT] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const started = Date.now()
const { warnings, pages } = await build(source, output, { minify: !options.includes('--dev') })
for (const warning of warnings) console.error(`! ${warning}`)
console.log(`${pages.length} pages built in ${Date.now() - started} ms: ${output}`)
