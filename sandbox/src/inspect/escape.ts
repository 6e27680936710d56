// Texts as they are written in source: quotes, escape sequences, names of properties.
import { charCodeAt, regExpExec, stringIndexOf, stringPadStart, stringSlice, toText } from '../intrinsics.ts'
import { take } from './context.ts'
import type { Budget } from './context.ts'

const NAMED_ESCAPES = {
  __proto__: null,
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  39: "\\'",
  92: '\\\\',
} as unknown as Readonly<Record<number, string>>

/** A string literal, with the quotes that need the fewest escapes. */
export function quote(text: string): string {
  const mark = chooseQuote(text)
  return mark + escapeText(text, mark === "'") + mark
}

function chooseQuote(text: string): string {
  if (stringIndexOf(text, "'") === -1) return "'"
  if (stringIndexOf(text, '"') === -1) return '"'
  return stringIndexOf(text, '`') === -1 && stringIndexOf(text, '${') === -1 ? '`' : "'"
}

/** Control characters, backslashes and halves of surrogate pairs as escape sequences, and single quotes if asked to. */
export function escapeText(text: string, escapesQuotes: boolean): string {
  const pattern = escapesQuotes
    ? // oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
      /[\0-\x1f'\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
    : // oxlint-disable-next-line no-control-regex -- As above.
      /[\0-\x1f\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
  let escaped = ''
  let from = 0
  for (let match = regExpExec(pattern, text); match !== null; match = regExpExec(pattern, text)) {
    escaped += stringSlice(text, from, match.index) + escapeCode(charCodeAt(text, match.index))
    from = match.index + 1
  }
  return from === 0 ? text : escaped + stringSlice(text, from)
}

function escapeCode(code: number): string {
  const named = NAMED_ESCAPES[code]
  if (named !== undefined) return named
  // Node writes the digits so, and the tests hold this to Node.
  return code > 255
    ? `\\u${toHex(code, '0123456789abcdef')}`
    : `\\x${stringPadStart(toHex(code, '0123456789ABCDEF'), 2, '0')}`
}

function toHex(code: number, digits: string): string {
  let hex = ''
  for (let rest = code; rest > 0; rest >>= 4) hex = (digits[rest & 15] as string) + hex
  return hex
}

/** A key as it stands before the colon. */
export function nameOfKey(budget: Budget, key: PropertyKey): string {
  if (typeof key === 'symbol') return escapeText(take(budget, toText(key)), true)
  const text = take(budget, toText(key))
  if (regExpExec(/^[a-zA-Z_][a-zA-Z_0-9]*$/, text) === null) return quote(text)
  return text === '__proto__' ? "['__proto__']" : text
}
