// Programs that are deployed to be called once: each is different, and its answer says which one it is.

export interface QueueProgram {
  /** A script that leaves its exports in `workerIsolateModule`. */
  readonly code: string
  readonly offset: number
  /** The JSON of what `handle(offset)` returns. */
  readonly expected: string
}

const MODULUS = 65_521
/** Every so many of the functions one is called; a program uses a part of what is bundled into it. */
const STRIDE = 20

export function makeSmallProgram(index: number): QueueProgram {
  return makeProgram(index, 1)
}

/** About 100 KB. */
export function makeLargeProgram(index: number): QueueProgram {
  return makeProgram(index, 390)
}

function makeProgram(index: number, functions: number): QueueProgram {
  const parts: string[] = []
  let value = index
  for (let at = 0; at < functions; at++) {
    const factor = ((index * 7 + at * 13) % 97) + 2
    parts.push(writeFunction(index, at, factor))
    if (at % STRIDE === 0) value = (value * factor + at) % MODULUS
  }
  const code = `'use strict'
var workerIsolateModule = (() => {
const table = []
${parts.join('')}function handle(offset) {
  let value = offset
  for (let at = 0; at < table.length; at += ${STRIDE}) value = table[at].run(value)
  return { program: ${index}, value }
}
return { handle }
})()
`
  return { code, offset: index, expected: `{"program":${index},"value":${value}}` }
}

function writeFunction(index: number, at: number, factor: number): string {
  return `class Step${at} {
  static label = 'step ${at} of the program ${index}'
  run(value) {
    if (typeof value !== 'number') throw new TypeError(\`\${Step${at}.label} takes a number, not \${typeof value}\`)
    return (value * ${factor} + ${at}) % ${MODULUS}
  }
}
table.push(new Step${at}())
`
}
