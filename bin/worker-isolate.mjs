#!/usr/bin/env node
// The command `worker-isolate`: the service and its tools, run by the right Node.js.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(packageRoot, 'src', 'main.ts')
const main = existsSync(source) ? source : join(packageRoot, 'dist', 'src', 'main.js')
// What can only be said on the command line: docs/decisions/0027-flags-of-the-engine.md.
const engineFlags = JSON.parse(readFileSync(new URL('engine-flags.json', import.meta.url), 'utf8'))
launch([...engineFlags, main, ...process.argv.slice(2)])
