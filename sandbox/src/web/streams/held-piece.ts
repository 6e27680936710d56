// What a source of bytes answers a stream with.

/** It has no prototype: a promise that is resolved with it asks nothing that a guest has put on all objects for `then`. */
export interface HeldPiece {
  /** Null at the end. */
  readonly bytes: Uint8Array | null
}

export const holdPiece = (bytes: Uint8Array | null): HeldPiece => ({ __proto__: null, bytes }) as HeldPiece
