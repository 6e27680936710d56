// The built-ins whose text is made of what only their own getters and methods tell.
import {
  apply,
  arrayBufferByteLength,
  bigIntValueOf,
  booleanValueOf,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  numberValueOf,
  regExpFlags,
  regExpSource,
  stringValueOf,
  symbolValueOf,
} from '../intrinsics.ts'
import { take } from './context.ts'
import type { Context } from './context.ts'
import { formatBytes } from './elements.ts'
import type { Identity } from './identity.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'
import { formatPrimitive } from './primitive.ts'

export function describeRegExp(context: Context, value: object): string {
  let flags = ''
  for (const flag in regExpFlags) {
    const getter = regExpFlags[flag as 'g'] as (this: object) => unknown
    if (apply(getter, value, []) === true) flags += flag
  }
  return take(context.budget, `/${regExpSource(value)}/${flags}`)
}

/** A primitive in an object, as `new String('a')` makes it. */
export function describeBoxed(context: Context, value: object, kind: string, { name, tag }: Identity): string {
  let text = `[${kind}`
  if (name !== kind) text += ` (${name ?? 'null prototype'})`
  text += `: ${formatPrimitive(context, unbox(value, kind))}]`
  return tag !== '' && tag !== name ? `${text} [${tag}]` : text
}

function unbox(value: object, kind: string): unknown {
  switch (kind) {
    case 'Number':
      return numberValueOf(value)
    case 'String':
      return stringValueOf(value)
    case 'Boolean':
      return booleanValueOf(value)
    case 'BigInt':
      return bigIntValueOf(value)
    default:
      return symbolValueOf(value)
  }
}

export function formatBuffer(context: Context, value: ArrayBuffer): List<string> {
  const entries = createList<string>()
  append(entries, formatBytes(context, value))
  append(entries, `[byteLength]: ${arrayBufferByteLength(value)}`)
  return entries
}

export function formatView(context: Context, value: DataView, level: number): List<string> {
  const { formatValue } = context
  const entries = createList<string>()
  append(entries, `[byteLength]: ${dataViewByteLength(value)}`)
  append(entries, `[byteOffset]: ${dataViewByteOffset(value)}`)
  context.indentation += 2
  append(entries, `[buffer]: ${formatValue(context, dataViewBuffer(value), level)}`)
  context.indentation -= 2
  return entries
}
