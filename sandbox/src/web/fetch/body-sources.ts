// What a body can be made of beside text and bytes: each group says it of its own classes when it is loaded.
import { setPrototypeOf } from '../../intrinsics.ts'

export interface BodySource {
  /** Bytes that nobody changes, or a well-formed text. */
  readonly content: Uint8Array | string
  /** The content type that goes with it; empty for none. */
  readonly type: string
}

/** Undefined for an object of another kind. Runs no guest code. */
type ReadSource = (value: object) => BodySource | undefined

const known: ReadSource[] = []
setPrototypeOf(known, null)

export function addBodySource(read: ReadSource): void {
  known[known.length] = read
}

export function findBodySource(value: object): BodySource | undefined {
  for (let index = 0; index < known.length; index++) {
    const read = known[index] as ReadSource
    const source = read(value)
    if (source !== undefined) return source
  }
  return undefined
}
