// The line and the metrics of each answered request, made a moment after its answer together with those of others.
import type { Logger } from 'pino'
import type { RequestRecord } from '../http/request-record.ts'
import { describeRequest } from '../telemetry/request-line.ts'

export interface RecordRequestsOptions {
  readonly log: Logger
  readonly metrics: { readonly request: (record: RequestRecord) => void }
  /** Runs what logs many lines, which are then written as one. */
  readonly together: (run: () => void) => void
  readonly onDefect: (error: unknown) => void
}

export interface RequestRecorder {
  readonly record: (record: RequestRecord) => void
  /** Records at once what waits: before somebody reads the metrics, and at the end of the process. */
  readonly flush: () => void
}

/** A process that is killed loses the lines of so long a time. */
const GATHER_MS = 5
/** So many do not wait for that, and keep the event loop for half a millisecond. */
const GATHER_MAX = 64
/** Of more than that, such as all jobs of a queue that is purged, so many in a turn of the event loop: four milliseconds. */
const TURN_MAX = 512
/** Or such a part, so that they become fewer however many come in a turn. */
const TURN_PART = 1 / 32

/**
 * A line at a time would be a tenth of what a quick request takes: its code is far from the request's own, and each time the
 * processor would have to load it anew.
 */
export function recordRequests({ log, metrics, together, onDefect }: RecordRequestsOptions): RequestRecorder {
  let waiting: RequestRecord[] = []
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined

  function flush(): void {
    const records = waiting
    waiting = []
    recordAll(records)
  }

  /** What is left comes in the next turn. */
  function recordSome(): void {
    clearTimeout(timer)
    timer = undefined
    turn = undefined
    const count = Math.max(TURN_MAX, Math.ceil(waiting.length * TURN_PART))
    const records = waiting.slice(0, count)
    waiting = waiting.slice(count)
    recordAll(records)
    if (waiting.length > 0) turn ??= setImmediate(recordSome)
  }

  function recordAll(records: readonly RequestRecord[]): void {
    if (records.length === 0) return
    together(() => {
      for (const record of records) recordOne(record)
    })
  }

  /** Nobody waits for it: what it throws would end the process, and with it the records behind it. */
  function recordOne(record: RequestRecord): void {
    try {
      log.info(describeRequest(record))
      metrics.request(record)
    } catch (error) {
      onDefect(error)
    }
  }

  return {
    record(record) {
      waiting.push(record)
      if (waiting.length >= GATHER_MAX) turn ??= setImmediate(recordSome)
      else timer ??= setTimeout(recordSome, GATHER_MS)
    },
    flush,
  }
}
