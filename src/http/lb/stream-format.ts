// The two forms in which a stream goes to a client: a JSON text for each line, or an event of text/event-stream.

export type StreamFormat = 'ndjson' | 'sse'

export const STREAM_CONTENT_TYPES: Readonly<Record<StreamFormat, string>> = {
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
}

/** A client that names `text/event-stream` gets that. `accept` is the header. */
export function chooseStreamFormat(accept: string | undefined): StreamFormat {
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (type === 'text/event-stream' && !parameters.some(isZeroWeight)) return 'sse'
  }
  return 'ndjson'
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
