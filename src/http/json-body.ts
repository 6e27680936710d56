// From a request to the JSON value of its body, with every refusal that can come before the value is known.
import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import { parseJson } from '../protocol/json.ts'
import type { ParsedJson } from '../protocol/json.ts'
import { jsonInvalid, missing } from '../protocol/validation-detail.ts'
import { BUFFERS_FULL, refuse, refuseBody } from './answer.ts'
import type { Answer } from './answer.ts'
import { BodyTurns } from './body-turns.ts'
import type { BufferBudget, Lease } from './buffer-budget.ts'
import { headerOf, incomingOf, inviteBody } from './context.ts'
import type { HttpContext } from './context.ts'
import { readBody } from './read-body.ts'
import type { BodyBytes } from './read-body.ts'

export interface JsonBodyOptions {
  readonly limitBytes: number
  readonly uploadMs: number
  readonly buffers: BufferBudget
  /** Whether a body of another media type is refused: a web page can send those without asking. */
  readonly isJsonRequired: boolean
}

export type JsonBody =
  | ({
      readonly ok: true
      readonly length: number
      /** Covers the body; now the caller's. */ readonly lease: Lease
    } & ParsedJson)
  | { readonly ok: false; readonly answer: Answer }

/** One for the process, which has one event loop. */
const turns = new BodyTurns()

const JSON_TYPE = /^application\/json\s*(?:;|$)/i

/** A body as JSON, or the refusal. */
export async function readJsonBody(c: HttpContext, options: JsonBodyOptions): Promise<JsonBody> {
  const read = await readBodyBytes(c, options)
  if (!read.ok) return read
  const parsed = toJson(read.bytes)
  if (!parsed.ok) {
    read.lease.release()
    return parsed
  }
  return { ...parsed, lease: read.lease }
}

export type BodyRead =
  | { readonly ok: true; readonly bytes: Buffer; /** Covers the body; now the caller's. */ readonly lease: Lease }
  | { readonly ok: false; readonly answer: Answer }

/**
 * The announced length is judged before a byte is read; a body without one is counted while it arrives.
 * It settles when it is the body's turn to be parsed.
 */
export async function readBodyBytes(c: HttpContext, options: JsonBodyOptions): Promise<BodyRead> {
  const { limitBytes, uploadMs, buffers } = options
  if (options.isJsonRequired && !JSON_TYPE.test(headerOf(c, 'content-type') ?? '')) return refused(MEDIA_TYPE)
  const coding = headerOf(c, 'content-encoding') ?? 'identity'
  if (coding.toLowerCase() !== 'identity') return refused(encoded(coding))
  const announced = Number(headerOf(c, 'content-length') ?? 0)
  const announcedBytes = announced >= 0 ? announced : 0
  if (announcedBytes > limitBytes) return refused(tooLarge(limitBytes, announcedBytes))
  const lease = buffers.reserve(announcedBytes)
  if (lease === null) return refused(BUFFERS_FULL)
  inviteBody(c)
  const body = await readBody(streamOf(c), { limitBytes, announcedBytes, lease, uploadMs })
  if (body.ok) {
    await turns.take(body.bytes.length)
    return { ok: true, bytes: body.bytes, lease }
  }
  lease.release()
  return refused(failureOf(body, options))
}

/** A byte order mark is none of the text, as Python's parser has it, which upstream takes bodies in with. */
export function toJson(sent: Buffer): (ParsedJson & { ok: true; length: number }) | { ok: false; answer: Answer } {
  const bytes = sent[0] === 0xef && sent[1] === 0xbb && sent[2] === 0xbf ? sent.subarray(3) : sent
  if (bytes.length === 0) return { ok: false, answer: refuseBody('REQUEST_INVALID', missing(['body'], null), 0) }
  if (!isUtf8(bytes)) {
    return {
      ok: false,
      answer: refuseBody('REQUEST_INVALID', jsonInvalid(0, 'The body is not UTF-8'), 0),
    }
  }
  const text = bytes.toString('utf8')
  const parsed = parseJson(text, bytes)
  if (parsed.ok) return { ...parsed, length: text.length }
  return {
    ok: false,
    answer: refuseBody('REQUEST_INVALID', jsonInvalid(parsed.position, parsed.reason), 0),
  }
}

/** Node's own stream: the way through web streams costs more than the rest of a request. */
function streamOf(c: HttpContext): Readable {
  const incoming = incomingOf(c)
  if (incoming !== undefined) return incoming
  const { body } = c.req.raw
  return body === null ? Readable.from([]) : Readable.fromWeb(body)
}

function failureOf(body: Extract<BodyBytes, { ok: false }>, options: JsonBodyOptions): Failure {
  switch (body.code) {
    case 'PAYLOAD_TOO_LARGE':
      return tooLarge(options.limitBytes, null)
    case 'BUFFERS_FULL':
      return BUFFERS_FULL
    case 'UPLOAD_TOO_SLOW':
      return {
        code: body.code,
        message: `The body did not arrive within ${groupDigits(options.uploadMs)} ms.`,
      }
    case 'REQUEST_INVALID':
      return {
        code: body.code,
        message: 'The body came in pieces that are too small: send it in chunks of 64 bytes or more.',
      }
    case 'CANCELLED':
      return { code: body.code, message: 'The client went away before its body had arrived.' }
    default:
      return body.code satisfies never
  }
}

function tooLarge(limitBytes: number, announcedBytes: number | null): Failure {
  const size = announcedBytes === null ? 'larger than that' : `${groupDigits(announcedBytes)} bytes`
  const message = `The limit of a body is ${groupDigits(limitBytes)} bytes; this one is ${size}.`
  return { code: 'PAYLOAD_TOO_LARGE', message, limit: limitBytes }
}

const SHOWN_CHARACTERS = 40

/** RFC 9110, 8.4: a coding that is not understood is refused with 415. */
function encoded(coding: string): Failure {
  const message = `Bodies are taken as they are sent, without a Content-Encoding; this one has "${coding.slice(0, SHOWN_CHARACTERS)}".`
  return { code: 'UNSUPPORTED_MEDIA_TYPE', message }
}

const MEDIA_TYPE: Failure = {
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message: 'A service without a key accepts bodies of the type application/json only.',
}

function refused(failure: Failure): { readonly ok: false; readonly answer: Answer } {
  return { ok: false, answer: refuse(failure) }
}
