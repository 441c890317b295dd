// Copies what the mini-program uses of its npm packages into miniprogram/miniprogram_npm, where WeChat looks for it:
// node web/setup.mjs. WeChat DevTools need no "build npm" after it.

import { setUp } from './compiler/npm.mjs'
import { SOURCE } from './compiler/paths.mjs'

await setUp(process.argv[2] || SOURCE)
