// The memory that brotli takes outside of all isolates of this process, which no heap limit counts. Who finds none waits for one:
// a stream that ends makes room, and so does one that nobody has gone on with for a while, since no guest says what it forgets.
import { MAX_BROTLI_MIB } from '../../../sandbox/src/bridge.ts'

const MIB = 1024 * 1024
/** A part of what the front process lets an executor grow beside the limits of its isolates. */
const MAX_BYTES = MAX_BROTLI_MIB * MIB
/** What an encoder takes, and a decoder of a small window at most. */
export const SMALLEST_PLACE_BYTES = 5 * MIB
/** How long a stream keeps its place from one that waits, while nobody goes on with it. */
const IDLE_MS = 1_000

/** The one that was used longest ago is the first. */
const held = new Set<Place>()
const waiting = new Set<Place>()
let heldBytes = 0
let timer: NodeJS.Timeout | undefined

export class Place {
  readonly bytes: number
  readonly #onLost: () => void
  readonly #grant: () => void
  /** Settles when it is there, or is not wanted any more. */
  readonly granted: Promise<void>
  #uses = 0
  #idleSince = 0

  /** @param onLost told when it goes to another, for whom what it is for has to be freed. */
  constructor(bytes: number, onLost: () => void) {
    this.bytes = Math.max(bytes, SMALLEST_PLACE_BYTES)
    this.#onLost = onLost
    const grant = Promise.withResolvers<void>()
    this.granted = grant.promise
    this.#grant = grant.resolve
    waiting.add(this)
    serve()
  }

  get isHeld(): boolean {
    return held.has(this)
  }

  /** Undefined while somebody goes on with it. */
  get idleSince(): number | undefined {
    return this.#uses > 0 ? undefined : this.#idleSince
  }

  /** From now on it is not taken away, until `rest` as often. */
  use(): void {
    this.#uses++
  }

  rest(): void {
    this.#uses--
    this.#idleSince = performance.now()
    if (held.delete(this)) held.add(this)
  }

  hold(): void {
    waiting.delete(this)
    held.add(this)
    heldBytes += this.bytes
    this.#grant()
  }

  lose(): void {
    this.#onLost()
    this.leave()
  }

  /** What it was for is freed. Without effect the second time. */
  leave(): void {
    waiting.delete(this)
    if (held.delete(this)) heldBytes -= this.bytes
    this.#grant()
    serve()
  }
}

/** In the order in which they came, so that a large one is not passed for ever. */
function serve(): void {
  clearTimeout(timer)
  for (const place of waiting) {
    if (heldBytes + place.bytes > MAX_BYTES) break
    place.hold()
  }
  if (waiting.size > 0) takeFromIdle()
}

function takeFromIdle(): void {
  const idle = [...held].find(({ idleSince }) => idleSince !== undefined)
  const leftMs = idle?.idleSince === undefined ? IDLE_MS : IDLE_MS - (performance.now() - idle.idleSince)
  if (idle !== undefined && leftMs <= 0) idle.lose()
  else timer = setTimeout(serve, Math.max(1, leftMs)).unref()
}
