// Compression that the host does, piece by piece. It goes on when somebody reads, so that what a small input grows to is made
// as it is wanted.
import { BROTLI_ANSWER, BROTLI_STEP, MAX_BROTLI_MIB, MAX_PIECE_BYTES } from '../../bridge.ts'
import { mathMin, typedArrayLength, TypeErrorIntrinsic, Uint8ArrayIntrinsic } from '../../intrinsics.ts'
import { copyBytes, partOf } from '../bytes.ts'
import { domError } from '../dom-error.ts'
import { exactBytes } from '../exact-bytes.ts'
import { closeStream, streamEnded } from './brotli-handles.ts'
import type { BrotliHandle } from './brotli-handles.ts'
import { askStep } from './brotli-steps.ts'
import type { Output } from './internal.ts'
import type { Codec } from './zlib.ts'

/** @param first the step that begins the stream. */
export function createBrotliCodec(first: 'compress' | 'decompress'): Codec {
  const handle = { __proto__: null, open: undefined } as BrotliHandle
  let next: 'compress' | 'decompress' | 'write' = first

  /** @param isFree whether the first piece that comes is put whether somebody reads or not. */
  async function run(
    step: keyof typeof BROTLI_STEP,
    bytes: Uint8Array | undefined,
    output: Output,
    isFree: boolean,
  ): Promise<void> {
    const { enqueue, room } = output
    if (!isFree) await room()
    for (let each = step; ; each = BROTLI_STEP.goOn) {
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      const { kind, text } = await askStep(handle, each, each === step ? bytes : undefined)
      if (text !== '') enqueue(exactBytes(text))
      if (kind === BROTLI_ANSWER.done) return
      if (kind !== BROTLI_ANSWER.more) throw failed(kind)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await room()
    }
  }

  async function push(input: Uint8Array, output: Output): Promise<void> {
    const length = typedArrayLength(input)
    for (let at = 0; at === 0 || at < length; at += MAX_PIECE_BYTES) {
      const step = next
      next = 'write'
      // oxlint-disable-next-line no-await-in-loop -- as above
      await run(step, pieceOf(input, at, mathMin(MAX_PIECE_BYTES, length - at)), output, at === 0)
    }
  }

  function failed(kind: string): Error {
    streamEnded(handle)
    const what = first === 'compress' ? 'CompressionStream' : 'DecompressionStream'
    if (kind === BROTLI_ANSWER.lost) {
      return domError(
        'QuotaExceededError',
        `${what}: the brotli streams of an executor have ${MAX_BROTLI_MIB} MiB beside its isolates, room for eight of the usual windows; this one had been left alone for a second while others waited for its place.`,
      )
    }
    return new TypeErrorIntrinsic(`${what}: ${REASONS[kind as keyof typeof REASONS]}`)
  }

  return {
    __proto__: null,
    push,
    async end(output: Output) {
      if (next === 'decompress') throw failed(BROTLI_ANSWER.truncated)
      if (next === 'compress') await push(new Uint8ArrayIntrinsic(0), output)
      await run(BROTLI_STEP.end, undefined, output, true)
      streamEnded(handle)
    },
    drop: () => closeStream(handle),
  } as unknown as Codec
}

const REASONS = {
  __proto__: null,
  corrupt: 'the input is not valid brotli',
  truncated: 'the input ends before its brotli data does',
  trailing: 'bytes follow the end of the brotli data',
}

/** With a buffer that has nothing else. */
function pieceOf(input: Uint8Array, at: number, length: number): Uint8Array {
  if (at === 0 && length === typedArrayLength(input)) return input
  return copyBytes(partOf(input, at, length))
}
