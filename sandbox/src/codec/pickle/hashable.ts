// Which values Python accepts as keys of a dict and elements of a set.
import { kindOf } from '../kinds.ts'
import { isDictMark } from './dicts.ts'
import { markOf } from './marks.ts'

/** Python's name of the type when it cannot be hashed, else null. What a tuple holds is not looked at. */
export function unhashableType(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const mark = markOf(value)
  switch (kindOf(value)) {
    case 'Array':
      return mark === 'tuple' ? null : 'list'
    case 'Set':
      return mark === 'frozenset' ? null : 'set'
    case 'TypedArray':
      return mark === undefined ? null : `${mark as string}`
    case 'Map':
    case 'instance':
      return 'dict'
    case 'plain':
      return mark === undefined || isDictMark(mark) ? 'dict' : null
    default:
      return null
  }
}
