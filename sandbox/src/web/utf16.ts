// UTF-16 of either byte order, as the Encoding standard decodes it.
import { typedArrayLength } from '../intrinsics.ts'
import { createUnits } from './units.ts'
import type { StreamDecoder } from './utf8.ts'

export function createUtf16Decoder(fatal: boolean, isBigEndian: boolean): StreamDecoder {
  const { add, take } = createUnits()
  let byteBefore = -1
  let lead = -1

  function fail(): undefined {
    lead = -1
    take()
    return undefined
  }

  /** False for an error. */
  function takeUnit(unit: number): boolean {
    if (lead !== -1) {
      const first = lead
      lead = -1
      if (unit >= 0xdc00 && unit <= 0xdfff) {
        add(first)
        add(unit)
        return true
      }
      if (fatal) return false
      add(0xfffd)
    }
    if (unit >= 0xd800 && unit <= 0xdbff) lead = unit
    else if (unit >= 0xdc00 && unit <= 0xdfff) {
      if (fatal) return false
      add(0xfffd)
    } else add(unit)
    return true
  }

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    push(bytes) {
      const length = typedArrayLength(bytes)
      for (let index = 0; index < length; index++) {
        const byte = bytes[index] as number
        if (byteBefore === -1) {
          byteBefore = byte
          continue
        }
        const unit = isBigEndian ? (byteBefore << 8) | byte : (byte << 8) | byteBefore
        byteBefore = -1
        if (!takeUnit(unit)) return fail()
      }
      return take()
    },
    end() {
      if (byteBefore === -1 && lead === -1) return take()
      byteBefore = -1
      lead = -1
      if (fatal) return fail()
      add(0xfffd)
      return take()
    },
  }
}
