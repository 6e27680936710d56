// The operations that wait for the host: a few are with it, the others wait here. Each belongs to the call that asked for it;
// one whose call is over is left to another call, since what it makes may be kept where that finds it, such as a key.
import { NATIVE_ACCEPTED, MAX_CRYPTO_CHARACTERS, MAX_CRYPTO_PENDING, OP } from '../../bridge.ts'
import {
  jsonParse,
  mapDelete,
  mapEntries,
  mapGet,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  mapSize,
  PromiseIntrinsic,
  stringIndexOf,
  stringSlice,
  toNumber,
} from '../../intrinsics.ts'
import { cryptoLink } from '../crypto-link.ts'
import type { CryptoLink } from '../crypto-link.ts'
import { domError } from '../dom-error.ts'
import { forEachOf } from '../each-of.ts'
import { askHost } from '../host.ts'
import { createItems } from '../sequence.ts'
import { own } from './own.ts'
import { toError } from './to-error.ts'

/** As many of a call that is over are left to others. */
const MAX_LEFT = 16

interface Pending {
  readonly id: number
  owner: number
  readonly text: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly read: (answer: object) => unknown
}

type Operations = Map<number, Pending>

const waiting: Operations = new MapIntrinsic<number, Pending>()
const sent: Operations = new MapIntrinsic<number, Pending>()
let lastId = 0

cryptoLink.answer = answer
cryptoLink.begun = send
cryptoLink.ended = ended

type OwnCalls = NonNullable<CryptoLink['calls']>

/**
 * A promise of what `read` makes of the host's answer; what either throws rejects it.
 * @param write the members of the operation as JSON, without braces.
 */
export function operate(write: () => string, read: (answer: object) => unknown): Promise<unknown> {
  return new PromiseIntrinsic((resolve, reject) => {
    const members = write()
    if (members.length > MAX_CRYPTO_CHARACTERS - 100) throw tooLarge()
    const id = ++lastId
    const { current } = cryptoLink.calls as OwnCalls
    const text = `{"id":${id},${members}}`
    mapSet(waiting, id, { __proto__: null, id, owner: current, text, resolve, reject, read } as Pending)
    send()
  })
}

export function tooLarge(): Error {
  return domError(
    'QuotaExceededError',
    'crypto.subtle: the data of one operation has more than its limit of 8,388,608 bytes.',
  )
}

/** Passes on as many as the host may have, as far as there are calls that they are for. */
function send(): void {
  const entries = mapEntries(waiting)
  while (mapSize(sent) < MAX_CRYPTO_PENDING) {
    const step = mapIteratorNext(entries)
    if (step.done) return
    const pending = (step.value as unknown as { readonly 1: Pending })[1]
    const owner = ownerOf(pending.owner)
    if (owner === undefined) continue
    pending.owner = owner
    mapDelete(waiting, pending.id)
    if (askHost(OP.crypto, owner, pending.text) === NATIVE_ACCEPTED) mapSet(sent, pending.id, pending)
    else if (mapSize(sent) > 0) {
      // There is no room with the host: the next answer makes some.
      mapSet(waiting, pending.id, pending)
      return
    } else {
      const { reject } = pending
      reject(domError('QuotaExceededError', 'crypto.subtle: the executor has no room for another operation.'))
    }
  }
}

/** Who pays for it now; undefined while nobody does. */
function ownerOf(owner: number): number | undefined {
  const { isOver, heirUpTo, lastBegun } = cryptoLink.calls as OwnCalls
  if (!isOver(owner)) return owner
  const heir = heirUpTo(lastBegun())
  return heir === 0 ? undefined : heir
}

function answer(payload: string): void {
  const idEnd = stringIndexOf(payload, '\n')
  const id = toNumber(stringSlice(payload, 0, idEnd))
  const pending = mapGet(sent, id)
  if (pending === undefined) return
  mapDelete(sent, id)
  const calls = cryptoLink.calls as OwnCalls
  calls.current = pending.owner
  const { resolve, reject, read } = pending
  try {
    const said = jsonParse(stringSlice(payload, idEnd + 1)) as object
    const error = own(said, 'error')
    if (error === undefined) resolve(read(said))
    else reject(toError(error as object))
  } catch (thrown) {
    reject(thrown)
  }
  send()
}

/** Nothing is left of the one call of an isolate. What others may wait for is left to them, up to a number. */
function ended(owner: number): void {
  const moved = createItems<Pending>()
  const { heirUpTo, lastBegun } = cryptoLink.calls as OwnCalls
  const isShared = heirUpTo(lastBegun()) !== 0
  forEachOf(sent, (pending) => {
    if (pending.owner !== owner) return
    mapDelete(sent, pending.id)
    moved[moved.length] = pending
  })
  let left = moved.length
  forEachOf(waiting, (pending) => {
    if (pending.owner !== owner) return
    left++
    if (owner !== 0 && left <= MAX_LEFT) return
    mapDelete(waiting, pending.id)
    const { reject } = pending
    if (isShared) reject(domError('OperationError', 'crypto.subtle: the call that asked for the operation has ended.'))
  })
  if (owner === 0) return
  for (let index = 0; index < moved.length; index++) {
    const pending = moved[index] as Pending
    mapSet(waiting, pending.id, pending)
  }
  send()
}
