// The programs that every contestant runs: each is different, and each says whether it can see anything of the one before.

export interface Program {
  readonly code: string
  /** The function to call. */
  readonly name: string
  readonly args: readonly [number, string]
  /** The JSON of what the function returns when it runs alone. */
  readonly expected: string
}

const TEXT = 'the quick brown fox'

/**
 * A small handler of the kind that people send: a constant, a helper, a function. Its name, its constants and its answer
 * hold `index`. It leaves marks in all places that outlive a program within one context or isolate (the global object, a
 * built-in prototype, a binding), and returns which marks of others it found: none, when isolation holds.
 */
export function makeProgram(index: number): Program {
  const name = `handle${index}`
  const code = `'use strict'
const FACTOR_${index} = ${index + 7}
const found = [typeof globalThis.leak, typeof Map.prototype.leak, typeof handle${index - 1}]
globalThis.leak = ${index}
Map.prototype.leak = ${index}

function checksum(text) {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) % 65521
  return sum
}

function ${name}(offset, text) {
  return { value: offset + FACTOR_${index}, sum: checksum(text), found }
}
`
  return { code, name, args: [index, TEXT], expected: `{"value":${2 * index + 7},"sum":${SUM},"found":${NOTHING}}` }
}

const SUM = checksum(TEXT)
const NOTHING = '["undefined","undefined","undefined"]'

function checksum(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) % 65_521
  return sum
}

/** Numbers for programs that no other program of this process has. */
export class ProgramCounter {
  #next: number

  /** `first` keeps apart what several processes make. */
  constructor(first: number) {
    this.#next = first
  }

  next(): Program {
    return makeProgram(this.#next++)
  }
}
