// The brotli streams of one isolate: each belongs to a call, with which it ends, and has a place as long as it has native memory.
import {
  BROTLI_ANSWER,
  BROTLI_STEP,
  KIND,
  MAX_BROTLI_CHARACTERS,
  MAX_BROTLI_PENDING,
} from '../../../sandbox/src/bridge.ts'
import type { NativeOperation } from '../native/native-operation.ts'
import { NativeRoom } from '../native/native-room.ts'
import { BrotliStream } from './brotli-stream.ts'
import type { Step } from './brotli-stream.ts'
import { Place, SMALLEST_PLACE_BYTES } from './places.ts'
import { readStep } from './read-step.ts'
import type { AskedStep } from './read-step.ts'
import { readWindow } from './read-window.ts'

/** What a decoder takes beside its window. */
const DECODER_BYTES = 1024 * 1024

interface Held<Owner> {
  readonly owner: Owner
  readonly place: Place
  readonly isCompression: boolean
  /** Made in the first step, when there is a place for it. */
  stream: BrotliStream | null
}

export class BrotliStreams<Owner> {
  readonly #room = new NativeRoom({ operations: MAX_BROTLI_PENDING, characters: MAX_BROTLI_CHARACTERS })
  readonly #streams = new Map<string, Held<Owner>>()

  /** @returns null when there is no room for the step, or nothing to be answered. */
  take(owner: Owner, payload: string): NativeOperation | null {
    if (!this.#room.take(payload)) return null
    const leave = (): void => this.#room.leave(payload)
    const asked = readStep(payload)
    if (asked === null || asked.step === BROTLI_STEP.close) {
      if (asked !== null) this.#drop(asked.stream)
      leave()
      return null
    }
    const held = this.#find(owner, asked)
    held?.place.use()
    return {
      kind: KIND.brotliAnswer,
      admission: held === undefined || held.place.isHeld ? null : held.place.granted,
      run: async () => `${asked.id}\n${await this.#run(asked, held)}`,
      leave: () => {
        held?.place.rest()
        leave()
      },
    }
  }

  /** Ends all streams of a call. */
  release(owner: Owner): void {
    for (const [id, held] of this.#streams) if (held.owner === owner) this.#drop(id)
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    return this.#room.whenEmpty()
  }

  #find(owner: Owner, { stream: id, step, data }: AskedStep): Held<Owner> | undefined {
    const isCompression = step === BROTLI_STEP.compress
    if (!isCompression && step !== BROTLI_STEP.decompress) return this.#streams.get(id)
    this.#drop(id)
    const bytes = isCompression ? SMALLEST_PLACE_BYTES : readWindow(data[0]) + DECODER_BYTES
    const held: Held<Owner> = {
      owner,
      isCompression,
      place: new Place(bytes, () => this.#drop(id)),
      stream: null,
    }
    this.#streams.set(id, held)
    return held
  }

  /** The answer without its number. */
  async #run(asked: AskedStep, held: Held<Owner> | undefined): Promise<string> {
    if (held === undefined || this.#streams.get(asked.stream) !== held) return `${BROTLI_ANSWER.lost}\n`
    try {
      const stream = (held.stream ??= new BrotliStream(held.isCompression))
      const { piece, hasMore, hasRest } = await goOn(stream, asked)
      // What has come to its end keeps nothing.
      if (hasRest || (asked.step === BROTLI_STEP.end && !hasMore)) this.#drop(asked.stream)
      const text = piece === null ? '' : Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('base64')
      if (hasRest) return `${BROTLI_ANSWER.trailing}\n${text}`
      return `${hasMore ? BROTLI_ANSWER.more : BROTLI_ANSWER.done}\n${text}`
    } catch (error) {
      this.#drop(asked.stream)
      return `${classify(error)}\n`
    }
  }

  #drop(id: string): void {
    const held = this.#streams.get(id)
    if (held === undefined) return
    this.#streams.delete(id)
    held.stream?.close()
    held.place.leave()
  }
}

async function goOn(stream: BrotliStream, { step, data }: AskedStep): Promise<Step> {
  if (step === BROTLI_STEP.end) return stream.end()
  return step === BROTLI_STEP.goOn ? stream.goOn() : stream.write(data)
}

function classify(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'Z_BUF_ERROR' ? BROTLI_ANSWER.truncated : BROTLI_ANSWER.corrupt
}
