// FROZEN: what the ratios of work in a warm isolate are made of. A change here makes the baseline meaningless.
import type Ivm from 'isolated-vm'

/** Leaves a function `enterYardstick` that takes a text and answers through a callback, as a call of a function does. */
const ENTERED = `'use strict'
globalThis.enterYardstick = (text, answer) => {
  const { args } = JSON.parse(text)
  const values = new Map()
  for (let at = 0; at < 40; at++) values.set('key' + at, { at, sum: args[0] + at })
  let total = 0
  for (const { sum } of values.values()) total += sum
  answer(JSON.stringify({ total }))
}
`

/** Leaves a function `workYardstick`: bytes from a text, and objects from bytes. */
const WORKED = `'use strict'
globalThis.workYardstick = (times) => {
  let kept = 0
  for (let time = 0; time < times; time++) {
    const text = 'the quick brown fox jumps over the lazy dog '.repeat(60)
    const bytes = new Uint8Array(text.length)
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
    const made = Object.create(null)
    let name = ''
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] === 32) {
        made[name + (at % 97)] = [at, name]
        name = ''
      } else name += String.fromCharCode(bytes[at])
    }
    for (const key in made) kept += made[key][0]
  }
  return kept
}
`

export function installEntered(context: Ivm.Context): void {
  context.evalSync(ENTERED)
}

export function installWorked(context: Ivm.Context): void {
  context.evalSync(WORKED)
}
