// Makes a blob or a form of the body of a request or a response.
import {
  dateNow,
  regExpExec,
  stringIndexOf,
  stringSlice,
  stringToLowerCase,
  typedArrayLength,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { copyBytes, partOf } from '../bytes.ts'
import { OWN_KEY } from '../interface.ts'
import { createItems } from '../sequence.ts'
import { parseFormText } from '../url/form-text.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'
import { Blob } from './blob.ts'
import { findBytes } from './find-bytes.ts'
import { createFileGlobals, fileOf, formOf } from './form-data.ts'
import type { Entry } from './form-data.ts'

/** The head of one part of a form. */
const MAX_HEAD_BYTES = 16_384

/** @param bytes which nobody else has. */
export function blobOf(bytes: Uint8Array, type: string): object {
  createFileGlobals()
  return new Blob(OWN_KEY, bytes, type)
}

/** Throws a TypeError for what is no form. */
export function parseForm(bytes: Uint8Array, essence: string, boundary: string | undefined): object {
  createFileGlobals()
  if (essence === 'application/x-www-form-urlencoded') return formOf(parseFormText(decodeUtf8(bytes)))
  if (essence !== 'multipart/form-data') {
    throw new TypeErrorIntrinsic(
      `formData: the content type is '${stringSlice(essence, 0, 100)}', which is none of a form`,
    )
  }
  if (boundary === undefined || boundary === '') throw malformed('there is no boundary')
  return formOf(parseMultipart(bytes, `--${boundary}`))
}

const malformed = (what: string): Error => new TypeErrorIntrinsic(`formData: the form is malformed: ${what}`)

function parseMultipart(bytes: Uint8Array, delimiter: string): Entry[] {
  const dashed = encodeUtf8(delimiter)
  const entries = createItems<Entry>()
  const lineAndDashed = encodeUtf8(`\r\n${delimiter}`)
  const dashedLength = typedArrayLength(dashed)
  let at = startsWith(bytes, dashed, 0) ? 0 : find(bytes, lineAndDashed, 0)
  if (at === -1) throw malformed('it does not begin with its boundary')
  at += at === 0 && startsWith(bytes, dashed, 0) ? dashedLength : dashedLength + 2
  for (;;) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return entries
    if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) throw malformed('there is no line end behind a boundary')
    const head = readHead(bytes, at + 2)
    const end = find(bytes, lineAndDashed, head.end - 2)
    if (end === -1 || end < head.end) {
      // A part without content ends with the line end of its head.
      if (end !== head.end - 2) throw malformed('a part has no end')
    }
    const content = end < head.end ? partOf(bytes, head.end, 0) : partOf(bytes, head.end, end - head.end)
    entries[entries.length] = toEntry(head, content)
    at = end + dashedLength + 2
  }
}

interface PartHead {
  readonly name: string
  readonly filename: string | undefined
  readonly type: string
  /** Where the content begins. */
  readonly end: number
}

const LINES_END = encodeUtf8('\r\n\r\n')

function readHead(bytes: Uint8Array, from: number): PartHead {
  const end = find(bytes, LINES_END, from)
  if (end === -1 || end - from > MAX_HEAD_BYTES) throw malformed('the head of a part has no end')
  let name: string | undefined
  let filename: string | undefined
  let type = ''
  const text = `${decodeUtf8(partOf(bytes, from, end - from))}\r\n`
  for (let at = 0; at < text.length;) {
    const lineEnd = stringIndexOf(text, '\r\n', at)
    const line = stringSlice(text, at, lineEnd)
    at = lineEnd + 2
    const colon = stringIndexOf(line, ':')
    if (colon === -1) throw malformed('a header of a part has no colon')
    const header = stringToLowerCase(stringSlice(line, 0, colon))
    const value = stringSlice(line, colon + 1)
    if (header === 'content-type') type = regExpExec(/^[\t ]*(.*?)[\t ]*$/, value)?.[1] ?? ''
    if (header !== 'content-disposition') continue
    if (regExpExec(/^[\t ]*form-data[\t ]*(?:;|$)/i, value) === null) throw malformed('a part is no part of a form')
    name = quotedOf(value, 'name')
    filename = quotedOf(value, 'filename')
  }
  if (name === undefined) throw malformed('a part has no name')
  return { __proto__: null, name, filename, type, end: end + 4 } as PartHead
}

function quotedOf(value: string, key: string): string | undefined {
  const start = stringIndexOf(value, ` ${key}="`)
  const from = start === -1 ? stringIndexOf(value, `;${key}="`) : start
  if (from === -1) return undefined
  const begin = from + key.length + 3
  const end = stringIndexOf(value, '"', begin)
  if (end === -1) throw malformed('a name has no end')
  return unescape(stringSlice(value, begin, end))
}

function unescape(text: string): string {
  let plain = ''
  let from = 0
  for (let at = stringIndexOf(text, '%'); at !== -1; at = stringIndexOf(text, '%', at + 1)) {
    const code = stringToLowerCase(stringSlice(text, at, at + 3))
    const character = code === '%0a' ? '\n' : code === '%0d' ? '\r' : code === '%22' ? '"' : undefined
    if (character === undefined) continue
    plain += stringSlice(text, from, at) + character
    from = at + 3
  }
  return plain + stringSlice(text, from)
}

function toEntry({ name, filename, type }: PartHead, content: Uint8Array): Entry {
  if (filename === undefined) return { __proto__: null, name, value: decodeUtf8(content) } as Entry
  const own = copyBytes(content)
  const value = fileOf(own, filename, type === '' ? 'text/plain' : type, dateNow())
  return { __proto__: null, name, value } as Entry
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  const length = typedArrayLength(wanted)
  for (let index = 0; index < length; index++) if (bytes[at + index] !== wanted[index]) return false
  return true
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  return findBytes(bytes, typedArrayLength(bytes), wanted, typedArrayLength(wanted), from)
}
