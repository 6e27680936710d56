// Texts as bytes: UTF-8, so that a file can be read with other tools, and without loss for what UTF-8 cannot carry.

/** A text on its way between the threads: one that is large is bytes already, because those move without being copied. */
export type Text = string | Uint8Array<ArrayBuffer>

/** A text of at least so many characters, or so many bytes, travels as bytes. */
export const LARGE_TEXT = 32_768

/** No text in UTF-8 begins with it: UTF-16 follows, of a text with half a surrogate pair. */
const UTF16_MARK = 0xff

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  return Buffer.concat([Buffer.of(UTF16_MARK), Buffer.from(text, 'utf16le')])
}

export function decodeText(bytes: Uint8Array<ArrayBuffer>): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer[0] === UTF16_MARK ? buffer.toString('utf16le', 1) : buffer.toString('utf8')
}

export function toBytes(text: Text): Uint8Array<ArrayBuffer> {
  return typeof text === 'string' ? encodeText(text) : text
}

export function toString(text: Text): string {
  return typeof text === 'string' ? text : decodeText(text)
}

/** For sending: a small text as it is, a large one as bytes that may be handed over. */
export function packText(text: string): Text {
  return text.length < LARGE_TEXT ? text : encodeText(text)
}

/** For sending what was read from the file. */
export function packBytes(bytes: Uint8Array<ArrayBuffer>): Text {
  return bytes.byteLength < LARGE_TEXT ? decodeText(bytes) : bytes
}
