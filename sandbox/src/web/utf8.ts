// UTF-8 as the Encoding standard has it: what is malformed becomes U+FFFD, or is an error.
import { writeUtf8, utf8Length } from '../codec/utf8.ts'
import { ArrayBufferIntrinsic, stringToWellFormed, typedArrayLength, Uint8ArrayIntrinsic } from '../intrinsics.ts'
import { createUnits } from './units.ts'

/** The bytes of a text, which have a buffer of their own; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const wellFormed = stringToWellFormed(text)
  const bytes = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(utf8Length(wellFormed, Infinity)))
  writeUtf8(wellFormed, bytes, 0)
  return bytes
}

/** Whole texts; the byte order mark, if there is one, stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  const { push, end } = createUtf8Decoder(false)
  return `${push(bytes) ?? ''}${end() ?? ''}`
}

/** Both give undefined for an error, which only a fatal decoder has. */
export interface StreamDecoder {
  readonly push: (bytes: Uint8Array) => string | undefined
  readonly end: () => string | undefined
}

export function createUtf8Decoder(fatal: boolean): StreamDecoder {
  const units = createUnits()
  const { add, addPoint, addAscii, take } = units
  let point = 0
  let needed = 0
  let lower = 0x80
  let upper = 0xbf

  function reset(): void {
    needed = 0
    lower = 0x80
    upper = 0xbf
  }

  function begin(byte: number): boolean {
    if (byte >= 0xc2 && byte <= 0xdf) {
      needed = 1
      point = byte & 0x1f
    } else if (byte >= 0xe0 && byte <= 0xef) {
      if (byte === 0xe0) lower = 0xa0
      if (byte === 0xed) upper = 0x9f
      needed = 2
      point = byte & 0xf
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      if (byte === 0xf0) lower = 0x90
      if (byte === 0xf4) upper = 0x8f
      needed = 3
      point = byte & 0x7
    } else return false
    return true
  }

  /** The error of a fatal decoder; what had been decoded is dropped. */
  function fail(): undefined {
    reset()
    take()
    return undefined
  }

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    push(bytes) {
      const length = typedArrayLength(bytes)
      for (let index = 0; index < length; index++) {
        if (needed === 0) index = addAscii(bytes, index, length)
        if (index === length) break
        const byte = bytes[index] as number
        if (needed === 0) {
          if (!begin(byte)) {
            if (fatal) return fail()
            add(0xfffd)
          }
        } else if (byte < lower || byte > upper) {
          reset()
          if (fatal) return fail()
          add(0xfffd)
          // The byte is looked at once more, as the first of a character.
          index--
        } else {
          lower = 0x80
          upper = 0xbf
          point = (point << 6) | (byte & 0x3f)
          if (--needed === 0) addPoint(point)
        }
      }
      return take()
    },
    end() {
      if (needed === 0) return take()
      reset()
      if (fatal) return fail()
      add(0xfffd)
      return take()
    },
  }
}
