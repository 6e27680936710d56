// The line and the metrics of each answered request, made when the answers of this turn of the event loop have left.
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

/** A line would be a tenth of the time that a quick request takes. */
export function recordRequests({
  log,
  metrics,
  together,
  onDefect,
}: RecordRequestsOptions): (record: RequestRecord) => void {
  let waiting: RequestRecord[] = []

  function recordAll(): void {
    const records = waiting
    waiting = []
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

  return (record) => {
    if (waiting.length === 0) setImmediate(recordAll)
    waiting.push(record)
  }
}
