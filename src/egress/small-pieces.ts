// Ends answers whose bodies come in more pieces than their bytes are worth: each piece takes microseconds, of however few bytes.
import type { Dispatcher } from 'undici'

const MIN_AVERAGE_BYTES = 16
/** So many may be smaller than that, however fast they come. */
const SMALL_PIECES = 8_192
/** So may those of a host that takes its time, such as one that sends a text word by word. */
const SMALL_PIECES_PER_MS = 1

export class TooSmallPieces extends Error {
  readonly code = 'BODY_PIECES_TOO_SMALL'
}

/** The pieces of one body as they come. */
export class PieceCount {
  readonly #now: () => number
  #startedAt: number | null = null
  #pieces = 0
  #bytes = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** False when they are too small for as many as they are. */
  add(bytes: number): boolean {
    this.#startedAt ??= this.#now()
    this.#pieces += 1
    this.#bytes += bytes
    const extra = this.#pieces - SMALL_PIECES - this.#bytes / MIN_AVERAGE_BYTES
    return extra <= 0 || extra <= SMALL_PIECES_PER_MS * (this.#now() - this.#startedAt)
  }
}

/** For the `compose` of a dispatcher: its answers end with `TooSmallPieces` when they come in too many. */
export const refuseSmallPieces: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const count = new PieceCount()
  const onResponseData = handler.onResponseData?.bind(handler)
  const counted: Dispatcher.DispatchHandler['onResponseData'] = (controller, chunk) => {
    if (count.add(chunk.length)) onResponseData?.(controller, chunk)
    else controller.abort(new TooSmallPieces())
  }
  // A handler is of one request, and what else it hears goes the straight way.
  return dispatch(options, Object.assign(handler, { onResponseData: counted }))
}
