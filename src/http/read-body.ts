// A request body to bytes: bounded, counted while it arrives, and given up when it arrives too slowly.
import type { Readable } from 'node:stream'
import type { ErrorCode } from '../errors.ts'
import { BodyPieces } from './body-pieces.ts'
import type { Lease } from './buffer-budget.ts'

export interface ReadBodyOptions {
  readonly limitBytes: number
  /** What `lease` covers already: the announced length, or 0. */
  readonly announcedBytes: number
  readonly lease: Lease
  /** For the whole body, from now on. */
  readonly uploadMs: number
}

export type BodyBytes =
  | { readonly ok: true; readonly bytes: Buffer }
  | {
      readonly ok: false
      readonly code: Extract<
        ErrorCode,
        'PAYLOAD_TOO_LARGE' | 'BUFFERS_FULL' | 'UPLOAD_TOO_SLOW' | 'CANCELLED' | 'REQUEST_INVALID'
      >
    }

/** Never rejects; `CANCELLED` is a client that went away, `REQUEST_INVALID` a body in too small pieces. The lease stays with the caller whatever comes out. */
export function readBody(stream: Readable, options: ReadBodyOptions): Promise<BodyBytes> {
  const { limitBytes, announcedBytes, lease, uploadMs } = options
  return new Promise((resolve) => {
    const pieces = new BodyPieces()
    const timer = setTimeout(() => settle({ ok: false, code: 'UPLOAD_TOO_SLOW' }), uploadMs)
    stream.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)

    function onData(chunk: Buffer): void {
      const total = pieces.bytes + chunk.length
      if (total > limitBytes) settle({ ok: false, code: 'PAYLOAD_TOO_LARGE' })
      else if (total > announcedBytes && !lease.resize(total)) settle({ ok: false, code: 'BUFFERS_FULL' })
      else {
        pieces.add(chunk)
        if (pieces.areTooSmall) settle({ ok: false, code: 'REQUEST_INVALID' })
      }
    }

    function onEnd(): void {
      settle({ ok: true, bytes: pieces.join() })
    }

    function onGone(): void {
      settle({ ok: false, code: 'CANCELLED' })
    }

    function settle(result: BodyBytes): void {
      clearTimeout(timer)
      stream.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      resolve(result)
    }
  })
}
