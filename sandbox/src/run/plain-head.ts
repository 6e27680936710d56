// The parameters of a function whose head is written in the plainest way, without a parser: most heads are.
import { arrayAppend, regExpExec, stringIndexOf, stringSlice, stringTrim } from '../intrinsics.ts'

/**
 * A function or method, or an arrow with parentheses, whose parameters are ASCII names only: no default, pattern, comment
 * or line break. V8 has accepted the source, so that names between commas at this place are its parameters.
 */
const PLAIN_HEAD =
  /^(?:(?:async[ \t]+)?(?:function[ \t]*)?[\w$]*[ \t]*\(([\w$, \t]*)\)[ \t]*\{|(?:async[ \t]*)?\(([\w$, \t]*)\)[ \t]*=>)/

/** The names in their order; null when the head is anything but plain, which a parser has to read. */
export function readPlainHead(source: string): string[] | null {
  const match = regExpExec(PLAIN_HEAD, source)
  if (match === null) return null
  const list = match[1] ?? match[2] ?? ''
  const names: string[] = []
  let start = 0
  while (start < list.length) {
    const comma = stringIndexOf(list, ',', start)
    const end = comma === -1 ? list.length : comma
    const name = stringTrim(stringSlice(list, start, end))
    // Nothing after the last comma is no parameter.
    if (name !== '') arrayAppend(names, name)
    start = end + 1
  }
  return names
}
