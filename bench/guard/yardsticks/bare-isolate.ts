// FROZEN: what every ratio of making isolates is made of. A change here makes the baseline meaningless.
import ivm from 'isolated-vm'

const MEMORY_MB = 128

const PROGRAM = `'use strict'
function checksum(text) {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) % 65521
  return sum
}
function handle(offset, text) {
  return { value: offset + 7, sum: checksum(text) }
}
`

/** An isolate and a context, thrown away at once. */
export function bareIsolate(): void {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB })
  isolate.createContextSync()
  isolate.dispose()
}

/** The same with a program that is compiled and called. */
export function bareProgram(): void {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB })
  const context = isolate.createContextSync()
  context.evalSync(PROGRAM)
  const entry = context.global.getSync('handle', { reference: true })
  entry.applySync(undefined, [1, 'the quick brown fox'], { arguments: { copy: true }, result: { copy: true } })
  isolate.dispose()
}
