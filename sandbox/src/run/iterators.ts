// Iterators that functions return: which values are some, and what each gives, one after the other.
import { apply, isArray, isObject, symbolAsyncIterator, symbolIterator, TypeErrorIntrinsic } from '../intrinsics.ts'

type Callable = (...args: unknown[]) => unknown

export interface GuestIterator {
  readonly iterator: object
  readonly next: Callable
  /** Whether `next` gives promises; otherwise a value may be one. */
  readonly isAsync: boolean
  /** Whether it has said that there is nothing more, or has thrown. */
  isDone: boolean
}

interface Step {
  readonly done: unknown
  readonly value: unknown
}

/**
 * Iterables are values, such as arrays, maps and texts: only what is asked for its next value itself is an iterator. Runs code
 * of the guest and throws what that throws.
 */
export function toIterator(returned: unknown): GuestIterator | undefined {
  if (!isObject(returned) || isArray(returned)) return undefined
  const { [symbolAsyncIterator]: toAsyncIterator } = returned as Readonly<Record<symbol, unknown>>
  if (typeof toAsyncIterator === 'function') {
    const iterator = apply(toAsyncIterator, returned, []) as unknown
    if (!isObject(iterator)) throw new TypeErrorIntrinsic('Result of the Symbol.asyncIterator method is not an object')
    return iteratorOf(iterator, nextOf(iterator), true)
  }
  const next = nextOf(returned)
  if (typeof next !== 'function') return undefined
  const { [symbolIterator]: toSelf } = returned as Readonly<Record<symbol, unknown>>
  return typeof toSelf === 'function' ? iteratorOf(returned, next, false) : undefined
}

/**
 * Hands on what the iterator gives until `take` wants no more or there is no more; `isDone` says which. Rejects with what the
 * iterator throws, a promise of it rejects with, or `take` throws.
 */
export async function walk(source: GuestIterator, take: (value: unknown) => boolean): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- an iterator is asked for one thing after the other
    const step = await nextStep(source)
    if (step.done) return
    // oxlint-disable-next-line no-await-in-loop -- as above
    const value = source.isAsync ? step.value : await step.value
    if (!take(value)) return
  }
}

/** An iterator that throws is done; one that gave what is of no use is not. */
async function nextStep(source: GuestIterator): Promise<Step> {
  try {
    const step = toStep(source.isAsync ? await callNext(source) : callNext(source))
    if (step.done) source.isDone = true
    return step
  } catch (thrown) {
    source.isDone = true
    throw thrown
  }
}

/** Tells it that nobody wants more of it. Never rejects. */
export async function callReturn({ iterator }: GuestIterator): Promise<void> {
  try {
    const { return: method } = iterator as { readonly return?: unknown }
    if (typeof method === 'function') await apply(method, iterator, [])
  } catch {
    // Nobody is there to hear of it.
  }
}

function iteratorOf(iterator: object, next: unknown, isAsync: boolean): GuestIterator {
  if (typeof next !== 'function') throw new TypeErrorIntrinsic('The iterator has no function next')
  return { __proto__: null, iterator, next, isAsync, isDone: false } as unknown as GuestIterator
}

function nextOf(iterator: object): unknown {
  return (iterator as { readonly next?: unknown }).next
}

function callNext({ next, iterator }: GuestIterator): unknown {
  return apply(next, iterator, [])
}

/** Each member is read once. */
function toStep(result: unknown): Step {
  if (!isObject(result)) throw new TypeErrorIntrinsic('What next of the iterator returned is not an object')
  const { done } = result as Step
  return { __proto__: null, done, value: done ? undefined : (result as Step).value } as Step
}
