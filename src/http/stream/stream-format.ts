// The two forms in which a stream goes to a client: a JSON text for each line, or an event of text/event-stream.

export type StreamFormat = 'ndjson' | 'sse'

export const STREAM_CONTENT_TYPES: Readonly<Record<StreamFormat, string>> = {
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
}

const EITHER = /event-stream|ndjson/i

/** A client that names `text/event-stream` gets that, any other lines. `accept` is the header. */
export function chooseStreamFormat(accept: string | undefined): StreamFormat {
  return askedStreamFormat(accept) ?? 'ndjson'
}

/** The form that a client names, `text/event-stream` before the other; null for one that names none. */
export function askedStreamFormat(accept: string | undefined): StreamFormat | null {
  // What most clients send names neither.
  if (accept === undefined || !EITHER.test(accept)) return null
  const named = new Set<string>()
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (!parameters.some(isZeroWeight)) named.add(type)
  }
  if (named.has(STREAM_CONTENT_TYPES.sse)) return 'sse'
  return named.has(STREAM_CONTENT_TYPES.ndjson) ? 'ndjson' : null
}

function isZeroWeight(parameter: string): boolean {
  return /^q=0(?:\.0*)?$/.test(parameter)
}

/** `json` is on one line. */
export function writeChunk(format: StreamFormat, json: string): string {
  return format === 'sse' ? `data: ${json}\n\n` : `${json}\n`
}

/** The end of a stream that failed. `json` is on one line. */
export function writeStreamError(format: StreamFormat, json: string): string {
  return format === 'sse' ? `event: error\n${writeChunk(format, json)}` : writeChunk(format, json)
}

/** What is behind the last chunk where an answer is more than its chunks. `json` is on one line. */
export function writeStreamEnd(format: StreamFormat, json: string): string {
  return format === 'sse' ? `event: end\n${writeChunk(format, json)}` : writeChunk(format, `{"end":${json}}`)
}
