#!/usr/bin/env node
// The command `worker-isolate`: the service and its tools, run by the right Node.js.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(packageRoot, 'src', 'main.ts')
const main = existsSync(source) ? source : join(packageRoot, 'dist', 'src', 'main.js')
launch([main, ...process.argv.slice(2)])
