// Which values Python accepts as keys of a dict and elements of a set.
import { typedArrayName } from '../../intrinsics.ts'
import { kindOf } from '../kinds.ts'
import { isDictMark, markOf } from './marks.ts'

/** Python's name of the type when it cannot be hashed, else null. What a tuple holds is not looked at. */
export function unhashableType(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const type = markOf(value)
  switch (kindOf(value)) {
    case 'Array':
      return type === 'tuple' ? null : 'list'
    case 'Set':
      return type === 'frozenset' ? null : 'set'
    case 'TypedArray':
      return type === undefined && typedArrayName(value) === 'Uint8Array' ? null : 'bytearray'
    case 'plain':
      return type === undefined || isDictMark(type) ? 'dict' : null
    case 'Map':
      return 'dict'
    default:
      return null
  }
}
