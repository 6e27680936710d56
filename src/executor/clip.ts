// Bounds the texts of a guest that go into a frame's header.
import { CLIPPED_CHARACTERS } from '../ipc/bounds.ts'

/** The beginning of a text that is too long, with a mark. */
export function clip(text: string, maxCharacters = CLIPPED_CHARACTERS): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}… [cut]`
}
