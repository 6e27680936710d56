// The logger of the service: one JSON object per line.
import { destination, pino, stdTimeFunctions } from 'pino'
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
 * Each is written before the call returns: nothing is lost when the process is killed, at a cost of a few microseconds
 * a line more than collecting them would have. So standard output must be read: a full pipe stops the service.
 */
export function createLog(options: LogOptions): Logger {
  const to = options.destination ?? destination({ fd: 1, sync: true })
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: SERIALIZERS,
    },
    options.form === 'platform' ? platformLines(to) : to,
  )
}
