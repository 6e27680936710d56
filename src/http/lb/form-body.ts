// The body of a multipart route: from bytes that were read within their bound to fields by name.
import type { Answer } from '../answer.ts'

/** A file is bytes, everything else text; of fields with one name the last one counts. */
export type FormFields = ReadonlyMap<string, string | Buffer>

export type FormResult =
  | { readonly ok: true; readonly fields: FormFields }
  | { readonly ok: false; readonly answer: Answer }

/** Starlette's bound for fields, and more than enough for the headers of one. The parser has no bounds of its own. */
const MAX_PARTS = 1_000
const MAX_PART_HEADER_BYTES = 8_192
/** Of all parts together: the parser reads headers far more slowly than what is below them. */
const MAX_HEADERS_BYTES = 512 * 1_024
const HEADERS_END = '\r\n\r\n'

const PLUS = 0x2b
const SPACE = 0x20

/** RFC 2046, 5.1.1. */
const BOUNDARY = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/

/** The text is FastAPI's. */
const MALFORMED: FormResult = {
  ok: false,
  answer: { status: 400, body: '{"detail":"There was an error parsing the body"}', code: 'REQUEST_INVALID' },
}

/** A body of another type has no fields, as Starlette sees it; so all that is required is missing. */
export async function readForm(bytes: Buffer, contentType: string): Promise<FormResult> {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim())
  switch (mediaType.toLowerCase()) {
    case 'multipart/form-data': {
      const boundary = boundaryOf(parameters)
      if (boundary === null) return MALFORMED
      if (bytes.length === 0) return noFields()
      return isBounded(bytes, boundary) ? readMultipart(bytes, boundary) : MALFORMED
    }
    case 'application/x-www-form-urlencoded':
      return readUrlEncoded(bytes)
    default:
      return noFields()
  }
}

async function readMultipart(bytes: Buffer, boundary: string): Promise<FormResult> {
  // A header of our own making: the parser must not see another boundary than the one that was looked for.
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  const body = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
  let form: FormData
  try {
    form = await new Response(body, { headers }).formData()
  } catch (error) {
    if (error instanceof TypeError) return MALFORMED
    throw error
  }
  const fields = [...new Map(form)].map(
    async ([name, value]) =>
      [name, typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer())] as const,
  )
  return { ok: true, fields: new Map(await Promise.all(fields)) }
}

function readUrlEncoded(bytes: Buffer): FormResult {
  const fields = new Map<string, string>()
  const text = withSpaces(bytes).toString('utf8')
  let pairs = 1
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    pairs += 1
    if (pairs > MAX_PARTS) return MALFORMED
  }
  for (const [name, value] of new URLSearchParams(text)) fields.set(name, value)
  return { ok: true, fields }
}

/** The parser reads a `+` as a space, too, but takes seconds for millions of them. */
function withSpaces(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = 0; at < copy.length; at += 1) if (copy[at] === PLUS) copy[at] = SPACE
  return copy
}

function boundaryOf(parameters: readonly string[]): string | null {
  const text = parameters
    .find((parameter) => parameter.toLowerCase().startsWith('boundary='))
    ?.slice('boundary='.length)
  if (text === undefined) return null
  const boundary = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return BOUNDARY.test(boundary) ? boundary : null
}

/** Whether parts are few and their headers short, which keeps the parser's time in proportion. */
function isBounded(bytes: Buffer, boundary: string): boolean {
  const delimiter = `--${boundary}`
  let delimiters = 0
  let headersBytes = 0
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + delimiter.length)) {
    const head = bytes.subarray(at + delimiter.length, at + delimiter.length + MAX_PART_HEADER_BYTES)
    const isLast = head.length >= 2 && head.toString('latin1', 0, 2) === '--'
    const headersEnd = head.indexOf(HEADERS_END)
    delimiters += 1
    headersBytes += Math.max(0, headersEnd)
    if (delimiters > MAX_PARTS + 1 || headersBytes > MAX_HEADERS_BYTES) return false
    if (!isLast && headersEnd === -1) return false
  }
  return true
}

function noFields(): FormResult {
  return { ok: true, fields: new Map() }
}
