// Bounds the texts of a guest that go into a frame's header.

const MAX_TEXT_CHARACTERS = 4_096

/** The beginning of a text that is too long, with a mark. */
export function clip(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}… [cut]`
}
