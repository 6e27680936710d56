// Log lines in the form that the platform's log viewer knows: whose request, what, how bad (protocol.md §3.4).
import type { DestinationStream } from 'pino'

/** Longer messages lose their middle. */
export const MESSAGE_CHARACTERS_MAX = 4_096
const GAP = ' … '

/** The platform's words; it has none for what is worse than an error. */
const LEVELS: Readonly<Record<string, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'ERROR',
}

/** Lines of `createLog`, rewritten on their way: what the viewer has no column for becomes part of the message. */
export function platformLines(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(`${toPlatformLine(line)}\n`) }
}

/** Pure. @param line a JSON object with `level`, `time`, fields and `msg`. */
export function toPlatformLine(line: string): string {
  const { level, time: _, msg, requestId, id, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  const shown = Object.keys(fields).length === 0 ? [] : [JSON.stringify(fields)]
  const message = [...(typeof msg === 'string' ? [msg] : []), ...shown].join(' ')
  const request = requestId ?? id ?? null
  return JSON.stringify({ requestId: request, message: cut(message), level: LEVELS[String(level)] ?? 'INFO' })
}

function cut(message: string): string {
  if (message.length <= MESSAGE_CHARACTERS_MAX) return message
  const half = (MESSAGE_CHARACTERS_MAX - GAP.length) / 2
  return message.slice(0, Math.ceil(half)) + GAP + message.slice(message.length - Math.floor(half))
}
