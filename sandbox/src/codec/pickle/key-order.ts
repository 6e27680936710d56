// Python keeps the keys of a dict in the order of their insertion; JavaScript lists keys such as '10' first and by size.
import {
  arrayAppend,
  charCodeAt,
  isArray,
  MapIntrinsic,
  mapGet,
  mapSet,
  objectHasOwn,
  objectKeys,
  toNumber,
  toText,
} from '../../intrinsics.ts'
import { defineHidden, KEY_ORDER, ownValue } from './marks.ts'

/** What is known of the keys of one object that has a key like an index. */
interface KeyTracker {
  /** The largest of the keys like an index. */
  lastIndex: number
  hasOtherKeys: boolean
  /** All keys in Python's order once it differs from JavaScript's; the guest will own this array. */
  order: string[] | null
}

export type KeyTrackers = Map<object, KeyTracker>

export function createKeyTrackers(): KeyTrackers {
  return new MapIntrinsic()
}

const MAX_INDEX = 0xfffffffe

/** The index that a key is for JavaScript, or -1. */
export function indexOfKey(key: string): number {
  const first = charCodeAt(key, 0)
  // An empty key has NaN for its first character.
  if (!(first >= 0x30 && first <= 0x39) || key.length > 10) return -1
  const index = toNumber(key)
  return index <= MAX_INDEX && toText(index) === key ? index : -1
}

/** Must be called before each new key is set, from the first key like an index on. */
export function trackKey(trackers: KeyTrackers, object: object, key: string, index: number): void {
  let tracker = mapGet(trackers, object)
  if (tracker === undefined) {
    if (index === -1) return
    tracker = createTracker(object)
    mapSet(trackers, object, tracker)
  }
  if (objectHasOwn(object, key)) return
  if (tracker.order === null && index !== -1 && (tracker.hasOtherKeys || index < tracker.lastIndex)) {
    tracker.order = objectKeys(object)
    defineHidden(object, KEY_ORDER, tracker.order)
  }
  if (tracker.order !== null) arrayAppend(tracker.order, key)
  if (index === -1) tracker.hasOtherKeys = true
  else if (index > tracker.lastIndex) tracker.lastIndex = index
}

/** Of keys that no tracker has seen: none of them is like an index. */
function createTracker(object: object): KeyTracker {
  return { lastIndex: -1, hasOtherKeys: objectKeys(object).length > 0, order: null }
}

/** The own keys of an object, in the order that it came with as far as it still has those keys. */
export function keysInOrder(object: object): readonly string[] {
  const order = ownValue(object, KEY_ORDER)
  return isArray(order) ? reorder(objectKeys(object), order) : objectKeys(object)
}

/** `order` may be anything by now; keys that it does not name come last. */
function reorder(keys: string[], order: readonly unknown[]): string[] {
  const left = new MapIntrinsic<string, boolean>()
  for (let index = 0; index < keys.length; index += 1) mapSet(left, keys[index] as string, true)
  const sorted: string[] = []
  const { length } = order
  for (let index = 0; index < length && sorted.length < keys.length; index += 1) take(order[index])
  for (let index = 0; index < keys.length; index += 1) take(keys[index])
  return sorted

  function take(key: unknown): void {
    if (typeof key !== 'string' || mapGet(left, key) !== true) return
    mapSet(left, key, false)
    arrayAppend(sorted, key)
  }
}
