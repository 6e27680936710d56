// Texts of several lines.
import { stringIndexOf, stringRepeat, stringSlice } from '../intrinsics.ts'
import { take } from './context.ts'
import type { Budget } from './context.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'

export function splitLines(text: string): List<string> {
  const lines = createList<string>()
  let from = 0
  for (;;) {
    const end = stringIndexOf(text, '\n', from)
    append(lines, stringSlice(text, from, end === -1 ? text.length : end))
    if (end === -1) return lines
    from = end + 1
  }
}

/** Moves all lines but the first to the right; the spaces are paid for. */
export function indentLines(budget: Budget, text: string, width: number): string {
  if (width === 0) return text
  const separator = `\n${stringRepeat(' ', width)}`
  let result = ''
  let from = 0
  for (let end = stringIndexOf(text, '\n'); end !== -1; end = stringIndexOf(text, '\n', from)) {
    result += stringSlice(text, from, end) + take(budget, separator)
    from = end + 1
  }
  return result + stringSlice(text, from)
}
