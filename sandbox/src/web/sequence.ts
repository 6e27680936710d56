// Reads the iterables that a guest passes, as Web IDL converts a sequence: what is asked of them is the guest's own code.
import { apply, isObject, setPrototypeOf, symbolIterator, TypeErrorIntrinsic } from '../intrinsics.ts'

/** A list without a prototype: what is appended asks nobody. */
export function createItems<Item>(): Item[] {
  const items: Item[] = []
  setPrototypeOf(items, null)
  return items
}

export function iteratorMethodOf(value: object, what: string): unknown {
  const method = value[symbolIterator as keyof object] as unknown
  if (method === undefined || method === null) return undefined
  if (typeof method !== 'function') throw new TypeErrorIntrinsic(`${what}: Symbol.iterator must be a function`)
  return method
}

/** What becomes of each item before the next is asked for. */
type Convert<Item> = (value: unknown, index: number) => Item

/** Every item that the iterator gives, which may be without end: then the guest has its limits. */
export function readSequence<Item>(value: unknown, what: string, convert: Convert<Item>): Item[] {
  const method = isObject(value) ? iteratorMethodOf(value, what) : undefined
  if (method === undefined) throw new TypeErrorIntrinsic(`${what} must be iterable`)
  return readIterator(value as object, method, what, convert)
}

export function readIterator<Item>(value: object, method: unknown, what: string, convert: Convert<Item>): Item[] {
  const iterator: unknown = apply(method as () => unknown, value, [])
  if (!isObject(iterator)) throw new TypeErrorIntrinsic(`${what}: Symbol.iterator must return an object`)
  const { next } = iterator as { readonly next: () => unknown }
  const items = createItems<Item>()
  for (;;) {
    const step: unknown = apply(next, iterator, [])
    if (!isObject(step)) throw new TypeErrorIntrinsic(`${what}: next must return an object`)
    const { done } = step as { readonly done?: unknown }
    if (done) return items
    const { value: item } = step as { readonly value?: unknown }
    const { length } = items
    items[length] = convert(item, length)
  }
}

/** Pairs of a name and a value. */
export function readPairs<Item>(
  value: object,
  method: unknown,
  what: string,
  convert: (value: unknown) => string,
  make: (name: string, value: string) => Item,
): Item[] {
  return readIterator(value, method, what, (item, index) => {
    const pair = readSequence(item, `${what}: the item at ${index}`, convert)
    if (pair.length === 2) return make(pair[0] as string, pair[1] as string)
    throw new TypeErrorIntrinsic(`${what}: the item at ${index} has ${pair.length} members instead of 2`)
  })
}
