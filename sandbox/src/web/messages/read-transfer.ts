// The second argument of postMessage: an iterable of what is to be transferred, or a dictionary with one.
import { isObject, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { readOptions } from '../interface.ts'
import { createItems, iteratorMethodOf, readIterator, readSequence } from '../sequence.ts'

export function readTransfer(given: unknown): unknown[] {
  const what = 'MessagePort.postMessage: transfer'
  const method = isObject(given) ? iteratorMethodOf(given, what) : undefined
  if (method !== undefined) return readIterator(given as object, method, what, toObject)
  const { transfer } = readOptions(given, 'MessagePort.postMessage') as { readonly transfer?: unknown }
  return transfer === undefined ? createItems() : readSequence(transfer, what, toObject)
}

function toObject(item: unknown): object {
  if (isObject(item)) return item
  throw new TypeErrorIntrinsic('MessagePort.postMessage: what is transferred must be objects')
}
