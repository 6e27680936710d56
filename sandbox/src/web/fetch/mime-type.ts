// MIME types as the standard of that name parses and writes them.
import { charCodeAt, regExpExec, stringIndexOf, stringSlice, stringToLowerCase } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'

export interface MimeType {
  /** Type and subtype, in lower case. */
  readonly essence: string
  readonly parameters: readonly Parameter[]
}

interface Parameter {
  readonly name: string
  readonly value: string
}

/** Null for what is none. */
export function parseMimeType(input: string): MimeType | null {
  const text = trimSpace(input)
  const semicolon = indexOr(text, ';', 0)
  const essence = trimEnd(stringSlice(text, 0, semicolon))
  if (regExpExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, essence) === null) return null
  const parameters = createItems<Parameter>()
  let at = semicolon + 1
  while (at < text.length) {
    while (at < text.length && isSpace(charCodeAt(text, at))) at++
    const nameEnd = at + (regExpExec(/^[^;=]*/, stringSlice(text, at))?.[0] ?? '').length
    const name = stringToLowerCase(stringSlice(text, at, nameEnd))
    at = nameEnd
    if (at >= text.length) break
    if (text[at] === ';') {
      at++
      continue
    }
    const read = readValue(text, at + 1)
    at = read.end + 1
    const isName = regExpExec(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/, name) !== null
    const isValue = (read.value !== '' || read.isQuoted) && regExpExec(/[^\t -~\x80-\xff]/, read.value) === null
    if (isName && isValue && parameterOf(parameters, name) === undefined) {
      parameters[parameters.length] = { __proto__: null, name, value: read.value } as Parameter
    }
  }
  return { __proto__: null, essence: stringToLowerCase(essence), parameters } as MimeType
}

/** The value that begins at `at`, and where the semicolon behind it is. */
function readValue(
  text: string,
  at: number,
): { readonly value: string; readonly isQuoted: boolean; readonly end: number } {
  const end = indexOr(text, ';', at)
  if (text[at] !== '"') return { value: trimEnd(stringSlice(text, at, end)), isQuoted: false, end }
  let value = ''
  let index = at + 1
  for (; index < text.length && text[index] !== '"'; index++) {
    if (text[index] === '\\' && index + 1 < text.length) index++
    value += text[index] as string
  }
  return { value, isQuoted: true, end: indexOr(text, ';', index) }
}

export function parameterOf(parameters: readonly Parameter[], name: string): string | undefined {
  for (let index = 0; index < parameters.length; index++) {
    const parameter = parameters[index] as Parameter
    if (parameter.name === name) return parameter.value
  }
  return undefined
}

export function serializeMimeType({ essence, parameters }: MimeType): string {
  let text = essence
  for (let index = 0; index < parameters.length; index++) {
    const { name, value } = parameters[index] as Parameter
    const isToken = regExpExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, value) !== null
    text += `;${name}=${isToken ? value : `"${escapeQuotes(value)}"`}`
  }
  return text
}

function escapeQuotes(value: string): string {
  let text = ''
  for (let index = 0; index < value.length; index++) {
    const character = value[index] as string
    text += character === '"' || character === '\\' ? `\\${character}` : character
  }
  return text
}

function indexOr(text: string, what: string, from: number): number {
  const index = stringIndexOf(text, what, from)
  return index === -1 ? text.length : index
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(charCodeAt(text, end - 1))) end--
  return stringSlice(text, 0, end)
}

function trimSpace(text: string): string {
  let from = 0
  while (from < text.length && isSpace(charCodeAt(text, from))) from++
  return trimEnd(stringSlice(text, from))
}
