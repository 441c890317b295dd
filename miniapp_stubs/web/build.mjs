// Builds the mini-program for browsers: node web/build.mjs [--dev] [SOURCE [OUTPUT]]. It builds what is there, and
// fails when something that is named is not.

import { build } from './compiler/build.mjs'
import { OUTPUT, SOURCE } from './compiler/paths.mjs'

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const [source = SOURCE, output = OUTPUT] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const started = Date.now()
const { problems, warnings, pages } = await build(source, output, { minify: !options.includes('--dev') })
for (const one of [...problems, ...warnings]) console.error(`! ${one}`)
console.log(`${pages.length} pages built in ${Date.now() - started} ms: ${output}`)
if (problems.length) process.exitCode = 1
