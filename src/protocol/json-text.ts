// Steps through JSON text that is looked at and not parsed.

/** The code of `"`. */
export const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `[` and `{` are one bit apart, and so are `]` and `}`. */
const BRACKET_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** How many levels deeper the text is behind a character that is in no string: 1, -1 or 0. */
export function depthChange(character: number): number {
  if ((character | BRACKET_BIT) === OPENING) return 1
  return (character | BRACKET_BIT) === CLOSING ? -1 : 0
}

/** The index of the quote that ends the string begun at `start`, or -1. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return -1
}
