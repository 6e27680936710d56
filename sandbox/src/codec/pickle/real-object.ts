// Tells objects of a built-in from those that only claim to be one.
import { refuse } from '../path.ts'
import type { Writer } from './writer.ts'

/** What a built-in says of its own objects; other objects that claim to be one are proxies or have a foreign prototype. */
export function real<Value>(writer: Writer, depth: number, name: string, read: () => Value): Value {
  try {
    return read()
  } catch {
    throw refuse(writer.path, depth, `inherits from ${name}.prototype but is no ${name}`)
  }
}
