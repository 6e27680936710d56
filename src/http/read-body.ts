// A request body to bytes: bounded, counted while it arrives, and given up when it arrives too slowly.
import type { Readable } from 'node:stream'
import type { ErrorCode } from '../errors.ts'
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
      readonly code: Extract<ErrorCode, 'PAYLOAD_TOO_LARGE' | 'BUFFERS_FULL' | 'UPLOAD_TOO_SLOW' | 'CANCELLED'>
    }

/** Never rejects; `CANCELLED` is a client that went away. The lease stays with the caller whatever comes out. */
export function readBody(stream: Readable, options: ReadBodyOptions): Promise<BodyBytes> {
  const { limitBytes, announcedBytes, lease, uploadMs } = options
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let total = 0
    const timer = setTimeout(() => settle({ ok: false, code: 'UPLOAD_TOO_SLOW' }), uploadMs)
    stream.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)

    function onData(chunk: Buffer): void {
      total += chunk.length
      if (total > limitBytes) settle({ ok: false, code: 'PAYLOAD_TOO_LARGE' })
      else if (total > announcedBytes && !lease.resize(total)) settle({ ok: false, code: 'BUFFERS_FULL' })
      else chunks.push(chunk)
    }

    function onEnd(): void {
      const [only] = chunks
      settle({
        ok: true,
        bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, total),
      })
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
