// A program of its own beside the guest program: the encodings of the web before UTF-8, which a library has. No guest but
// the one that asks for them can be misled by what it does here.
import { normalizeEncoding, TextDecoder } from '@exodus/bytes/encoding.js'
import type { StreamDecoder } from './utf8.ts'

/** The name, in lower case, of the encoding with a label in lower case; undefined for none that can be decoded. */
export function findEncoding(label: string): string | undefined {
  const name = normalizeEncoding(label)
  return name === null || name === 'replacement' ? undefined : name
}

export function createDecoder(encoding: string, fatal: boolean): StreamDecoder {
  const decoder = new TextDecoder(encoding, { fatal, ignoreBOM: true })
  const attempt = (decode: () => string): string | undefined => {
    try {
      return decode()
    } catch (error) {
      if (!fatal) throw error
      return undefined
    }
  }
  return {
    push: (bytes) => attempt(() => decoder.decode(bytes, { stream: true })),
    end: () => attempt(() => decoder.decode()),
  }
}
