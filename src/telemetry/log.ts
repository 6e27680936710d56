// The logger of the service: one JSON object per line.
import { destination, pino } from 'pino'
import type { DestinationStream, LevelWithSilent, Logger } from 'pino'
import { platformLines } from './platform-lines.ts'
import { describeError, hide, redact } from './redact.ts'

/** What `redact` does, for the fields of child loggers: pino does not show it those. */
const SERIALIZERS = {
  err: (value: unknown): unknown => (Error.isError(value) ? describeError(value) : value),
  authorization: hide,
  Authorization: hide,
  apiKey: hide,
  api_key: hide,
}

export interface LogOptions {
  readonly level: LevelWithSilent
  /** Where lines go instead of standard output. */
  readonly destination?: DestinationStream
  /** `platform` for the three keys of the platform's log viewer in place of those that `createLog` describes. */
  readonly form?: 'service' | 'platform'
}

/**
 * Lines have `level` (a word), `time` (ISO 8601, UTC), the fields and `msg`.
 * Each is written before the call returns, or with others by `LineWriter`.
 */
export function createLog(options: LogOptions): Logger {
  const to = options.destination ?? standardOutput()
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: SERIALIZERS,
    },
    options.form === 'platform' ? platformLines(to) : to,
  )
}

let lastMs = 0
let lastText = ''

/** Lines of one millisecond have one text. */
function isoTime(): string {
  const nowMs = Date.now()
  if (nowMs !== lastMs) {
    lastMs = nowMs
    lastText = `,"time":"${new Date(nowMs).toISOString()}"`
  }
  return lastText
}

export function standardOutput(): DestinationStream {
  return destination({ fd: 1, sync: true })
}
