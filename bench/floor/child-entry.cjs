// Runs the one program of a process: request on standard input, answer on standard output.
'use strict'
const { readFileSync, writeSync } = require('node:fs')
const { runInThisContext } = require('node:vm')

const { code, name, args } = JSON.parse(readFileSync(0, 'utf8'))
runInThisContext(code)
writeSync(1, JSON.stringify(runInThisContext(name)(...args)))
