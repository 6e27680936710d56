// All that requests and responses have to do with streams.
import { domError } from '../dom-error.ts'

/** What a stream of bytes is made of. */
export interface ByteSource {
  /** The next piece, or null at the end. */
  readonly pull: () => Promise<Uint8Array | null>
  readonly cancel: (reason: unknown) => void
}

export interface PieceReader {
  readonly next: () => Promise<{ readonly done: boolean; readonly value: unknown }>
  readonly cancel: (reason: unknown) => unknown
}

const noStreams = (): never => {
  throw domError('NotSupportedError', 'there are no streams here; text(), bytes() and their like give a whole body')
}

export const isReadableStream = (_value: unknown): boolean => false

export const isDisturbed: (stream: object) => boolean = noStreams

export const isLocked: (stream: object) => boolean = noStreams

export const createByteStream: (source: ByteSource) => object = noStreams

/** Locks the stream for good. */
export const readPieces: (stream: object) => PieceReader = noStreams

export const tee: (stream: object) => { readonly 0: object; readonly 1: object } = noStreams
