// Random numbers of `node:crypto` in a bundle: those of the sandbox, which are the system's.
import { Buffer } from 'node:buffer'

type Done<Value> = (error: Error | null, value?: Value) => void

/** The most that one call of `getRandomValues` gives. */
const CHUNK_BYTES = 65_536
const BITS_48 = 2 ** 48

function fill(bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
    globalThis.crypto.getRandomValues(bytes.subarray(start, start + CHUNK_BYTES) as Uint8Array<ArrayBuffer>)
}

function randomBytes(size: number, done?: Done<Buffer>): Buffer | undefined {
  const bytes = Buffer.alloc(size)
  fill(bytes)
  if (done === undefined) return bytes
  queueMicrotask(() => done(null, bytes))
  return undefined
}

function randomFillSync<View extends ArrayBufferView>(view: View, offset = 0, size = view.byteLength - offset): View {
  fill(new Uint8Array(view.buffer, view.byteOffset + offset, size))
  return view
}

/** Uniform: what would make the first numbers likelier is drawn again. */
function draw(range: number): number {
  const limit = BITS_48 - (BITS_48 % range)
  for (;;) {
    const bytes = Buffer.alloc(6)
    fill(bytes)
    const value = bytes.readUIntBE(0, 6)
    if (value < limit) return value % range
  }
}

function randomInt(first: number, second?: number | Done<number>, last?: Done<number>): number | undefined {
  const [min, max] = typeof second === 'number' ? [first, second] : [0, first]
  const done = typeof second === 'function' ? second : last
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max <= min || max - min >= BITS_48)
    throw new RangeError(`The range from ${min} to ${max} is none that can be drawn from`)
  const value = min + draw(max - min)
  if (done === undefined) return value
  queueMicrotask(() => done(null, value))
  return undefined
}

export const randomShim = {
  randomBytes,
  pseudoRandomBytes: randomBytes,
  randomFillSync,
  randomFill(view: ArrayBufferView, done: Done<ArrayBufferView>): void {
    queueMicrotask(() => done(null, randomFillSync(view)))
  },
  randomInt,
  randomUUID: (): string => globalThis.crypto.randomUUID(),
  getRandomValues: <View extends ArrayBufferView<ArrayBuffer>>(view: View): View => {
    globalThis.crypto.getRandomValues(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    return view
  },
}
