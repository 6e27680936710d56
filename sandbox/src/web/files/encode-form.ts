// A form as `multipart/form-data`.
import { OP } from '../../bridge.ts'
import { charCodeAt, regExpExec, stringSlice } from '../../intrinsics.ts'
import { joinBytes } from '../bytes.ts'
import type { BodySource } from '../fetch/body-sources.ts'
import { askHost } from '../host.ts'
import { createItems } from '../sequence.ts'
import { encodeUtf8 } from '../utf8.ts'
import { blobBytes, blobType, fileFacts } from './blob.ts'

interface FormEntry {
  readonly name: string
  /** A text or a file. */
  readonly value: unknown
}

export function encodeForm(list: readonly FormEntry[]): BodySource {
  const boundary = drawBoundary()
  const parts = createItems<Uint8Array>()
  const add = (part: Uint8Array): void => {
    parts[parts.length] = part
  }
  for (let index = 0; index < list.length; index++) {
    const { name, value } = list[index] as FormEntry
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withLineEnds(name))}"`
    const bytes = blobBytes(value)
    if (bytes === undefined) {
      add(encodeUtf8(`${head}\r\n\r\n${withLineEnds(value as string)}\r\n`))
      continue
    }
    const type = blobType(value as object)
    head += `; filename="${escapeName(fileFacts(value)?.name ?? '')}"`
    add(encodeUtf8(`${head}\r\nContent-Type: ${type === '' ? 'application/octet-stream' : type}\r\n\r\n`))
    add(bytes)
    add(encodeUtf8('\r\n'))
  }
  add(encodeUtf8(`--${boundary}--\r\n`))
  return { __proto__: null, content: joinBytes(parts), type: `multipart/form-data; boundary=${boundary}` } as BodySource
}

const BOUNDARY_BYTES = 16

/** Nobody who makes the content of a form can know it. */
function drawBoundary(): string {
  const random = askHost(OP.entropy, BOUNDARY_BYTES, '')
  let text = '----formdata-'
  for (let index = 0; index < random.length; index++) {
    const code = charCodeAt(random, index)
    text += `${HEX[code >> 4] as string}${HEX[code & 0xf] as string}`
  }
  return text
}

const HEX = '0123456789abcdef'

const ESCAPES = { __proto__: null, '\n': '%0A', '\r': '%0D', '"': '%22' } as unknown as Readonly<Record<string, string>>

function escapeName(name: string): string {
  if (regExpExec(/[\n\r"]/, name) === null) return name
  let text = ''
  for (let index = 0; index < name.length; index++) {
    const character = name[index] as string
    text += ESCAPES[character] ?? character
  }
  return text
}

/** Each line ends in a carriage return and a line feed. */
function withLineEnds(text: string): string {
  if (regExpExec(/[\n\r]/, text) === null) return text
  let kept = ''
  let from = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character !== '\n' && character !== '\r') continue
    kept += `${stringSlice(text, from, index)}\r\n`
    if (character === '\r' && text[index + 1] === '\n') index++
    from = index + 1
  }
  return kept + stringSlice(text, from)
}
