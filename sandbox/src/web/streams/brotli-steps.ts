// The steps of brotli streams that are with the host, which has the encoders and decoders.
import { MAX_BROTLI_PENDING, NATIVE_ACCEPTED, OP } from '../../bridge.ts'
import type { BROTLI_STEP } from '../../bridge.ts'
import { encodeBase64 } from '../../codec/base64.ts'
import { mapDelete, mapGet, MapIntrinsic, mapSet, PromiseIntrinsic, typedArrayLength } from '../../intrinsics.ts'
import { brotliLink } from '../brotli-link.ts'
import { domError } from '../dom-error.ts'
import { forEachOf } from '../each-of.ts'
import { callsInProgress } from '../fetch/exchange-port.ts'
import { readAnswer } from '../host-answer.ts'
import type { HostAnswer } from '../host-answer.ts'
import { askHost } from '../host.ts'
import { closeStream, endStreamsOf, openStream } from './brotli-handles.ts'
import type { BrotliHandle } from './brotli-handles.ts'

interface Asked {
  readonly owner: number
  readonly resolve: (answer: HostAnswer) => void
  readonly reject: (error: unknown) => void
}

const asked = new MapIntrinsic<number, Asked>()
let lastId = 0

brotliLink.answer = answer
brotliLink.ended = ended

/**
 * Its answer is of `BROTLI_ANSWER`, with base64.
 * @param bytes which begin at the beginning of their buffer, and do not change meanwhile.
 */
export function askStep(handle: BrotliHandle, step: keyof typeof BROTLI_STEP, bytes?: Uint8Array): Promise<HostAnswer> {
  return new PromiseIntrinsic((resolve, reject) => {
    const { id: stream, owner, isOver } = openStream(handle)
    if (isOver) throw callEnded()
    const id = ++lastId
    mapSet(asked, id, { __proto__: null, owner, resolve, reject } as Asked)
    const data = bytes === undefined ? '' : encodeBase64(bytes, typedArrayLength(bytes))
    if (askHost(OP.brotli, owner, `${id}\n${stream}\n${step}\n${data}`) === NATIVE_ACCEPTED) return
    mapDelete(asked, id)
    closeStream(handle)
    throw domError(
      'QuotaExceededError',
      `The brotli streams of an isolate have more than ${MAX_BROTLI_PENDING} pieces in progress, or wait with as many.`,
    )
  })
}

function answer(payload: string): void {
  const said = readAnswer(payload)
  const waiting = mapGet(asked, said.id)
  if (waiting === undefined) return
  mapDelete(asked, said.id)
  callsInProgress().current = waiting.owner
  const { resolve } = waiting
  resolve(said)
}

function ended(owner: number): void {
  endStreamsOf(owner)
  const { heirUpTo, lastBegun } = callsInProgress()
  // Others may wait for the same; where nobody is left, nothing is to run.
  const isShared = heirUpTo(lastBegun()) !== 0
  forEachOf(asked, ({ owner: of, reject }, id) => {
    if (of !== owner) return
    mapDelete(asked, id)
    if (isShared) reject(callEnded())
  })
}

function callEnded(): Error {
  return domError('InvalidStateError', 'The brotli stream has ended with the call that was the first to use it.')
}
