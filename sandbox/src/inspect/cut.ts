// Bounds the text of one call.
import { charCodeAt, stringIndexOf, stringRepeat, stringSlice } from '../intrinsics.ts'
import { isSpent, MAX_CALL_CHARACTERS, MAX_CALL_VISITS } from './context.ts'
import type { Budget } from './context.ts'

const MARK = `\n... [cut: one call shows at most ${MAX_CALL_CHARACTERS} characters of at most ${MAX_CALL_VISITS} values]`

/** The text if all of it was shown and is short enough, else its beginning and a mark. */
export function cutText(text: string, budget: Budget): string {
  if (text.length <= MAX_CALL_CHARACTERS && !isSpent(budget)) return text
  return stringSlice(text, 0, safeEnd(text, MAX_CALL_CHARACTERS)) + MARK
}

/** `end`, or one less where that would take a surrogate pair apart. */
export function safeEnd(text: string, end: number): number {
  if (end <= 0 || end >= text.length) return end
  const code = charCodeAt(text, end - 1)
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end
}

/** Moves every line to the right, as many as there is room for; the mark is moved with them. */
export function indentText(text: string, width: number): string {
  const indentation = stringRepeat(' ', width)
  let result = indentation
  let from = 0
  for (let end = stringIndexOf(text, '\n'); end !== -1; end = stringIndexOf(text, '\n', from)) {
    result += `${stringSlice(text, from, end)}\n${indentation}`
    from = end + 1
    if (result.length > MAX_CALL_CHARACTERS) return stringSlice(result, 0, safeEnd(result, MAX_CALL_CHARACTERS)) + MARK
  }
  return result + stringSlice(text, from)
}
