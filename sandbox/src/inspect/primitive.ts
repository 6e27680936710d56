// Values that are not objects.
import { objectIs, stringIndexOf, stringRepeat, stringSlice, toText } from '../intrinsics.ts'
import { take } from './context.ts'
import type { Context } from './context.ts'
import { quote } from './escape.ts'

/** Shorter texts stay on one line, however narrow the space is. */
const MIN_SPLIT_CHARACTERS = 16

export function formatNumber(value: number): string {
  return objectIs(value, -0) ? '-0' : `${value}`
}

/** Pays for what it returns. */
export function formatPrimitive(context: Context, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return formatText(context, value)
    case 'number':
      return take(context.budget, formatNumber(value))
    case 'bigint':
      return take(context.budget, `${value}n`)
    default:
      return take(context.budget, toText(value))
  }
}

function formatText(context: Context, value: string): string {
  const { maxStringLength } = context
  const extra = value.length - maxStringLength
  const text = take(context.budget, extra > 0 ? stringSlice(value, 0, maxStringLength) : value)
  const trailer = extra > 0 ? `... ${extra} more character${extra > 1 ? 's' : ''}` : ''
  const isLong = text.length > MIN_SPLIT_CHARACTERS && text.length > context.breakLength - context.indentation - 4
  return (isLong ? quoteLines(context, text) : quote(text)) + trailer
}

/** Every line of the text as a literal on a line of its own. */
function quoteLines(context: Context, text: string): string {
  const separator = ` +\n${stringRepeat(' ', context.indentation + 2)}`
  let result = ''
  let from = 0
  while (from < text.length) {
    const end = stringIndexOf(text, '\n', from)
    const next = end === -1 ? text.length : end + 1
    if (from > 0) result += take(context.budget, separator)
    result += quote(stringSlice(text, from, next))
    from = next
  }
  return result
}
