// The iterators of interfaces that are lists of pairs, such as Headers: each step looks at the list as it is then.
import {
  apply,
  defineValue,
  getPrototypeOf,
  iteratorPrototype,
  objectCreate,
  setPrototypeOf,
  symbolIterator,
  symbolToStringTag,
  weakMapGet,
  WeakMapIntrinsic,
  weakMapSet,
} from '../intrinsics.ts'
import { defineHidden } from './interface.ts'
import { membersOf } from './members.ts'
import { createItems } from './sequence.ts'

export interface Pair {
  readonly name: string
  readonly value: unknown
}

/** The list at the moment of asking. */
type ReadPairs = () => readonly Pair[]

type Kind = 'keys' | 'values' | 'entries'

/** The `next` of each class of iterators, by what they inherit from. */
const nexts = new WeakMapIntrinsic<object, () => unknown>()

/** The class of the iterators of one interface, made by `create`. */
export function createPairIterators(name: string): (read: ReadPairs, kind: Kind) => object {
  class PairIterator {
    readonly #read: ReadPairs
    readonly #kind: Kind
    #index = 0

    constructor(read: ReadPairs, kind: Kind) {
      this.#read = read
      this.#kind = kind
    }

    next(): object {
      const read = this.#read
      const pairs = read()
      const pair = this.#index < pairs.length ? (pairs[this.#index++] as Pair) : undefined
      if (pair === undefined) return { value: undefined, done: true }
      const kind = this.#kind
      const value = kind === 'keys' ? pair.name : kind === 'values' ? pair.value : [pair.name, pair.value]
      return { value, done: false }
    }
  }
  const prototype = objectCreate(iteratorPrototype) as object
  const { next } = PairIterator.prototype
  defineValue(prototype, 'next', next)
  weakMapSet(nexts, prototype, next)
  defineHidden(prototype, symbolToStringTag, `${name} Iterator`, false)
  return (read, kind) => {
    const iterator = new PairIterator(read, kind)
    setPrototypeOf(iterator, prototype)
    return iterator
  }
}

/** Gives an interface with `entries` the iterator by which it is iterated. */
export function makeIterable(prototype: object): void {
  const { entries } = prototype as { readonly entries: () => object }
  defineHidden(prototype, symbolIterator, entries)
  const members = membersOf(prototype)
  if (members !== undefined) members.list = (value) => listOf(apply(entries, value, []))
}

function listOf(iterator: object): readonly unknown[] {
  const items = createItems<unknown>()
  const next = weakMapGet(nexts, getPrototypeOf(iterator) as object)
  if (next === undefined) return items
  for (;;) {
    const step = apply(next, iterator, []) as { readonly done: boolean; readonly value: unknown }
    if (step.done) return items
    const pair = step.value as { readonly 0: unknown; readonly 1: unknown }
    items[items.length] = pair[0]
    items[items.length] = pair[1]
  }
}
