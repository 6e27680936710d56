// The tokens of a pattern, by code points: the library's own know no names beyond the first plane.
import { charCodeAt, regExpExec, stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'
import { NAME } from './read-pattern.ts'

/** The names of the library. */
type Kind =
  | 'ASTERISK'
  | 'CHAR'
  | 'CLOSE'
  | 'END'
  | 'ESCAPED_CHAR'
  | 'INVALID_CHAR'
  | 'NAME'
  | 'OPEN'
  | 'OTHER_MODIFIER'
  | 'REGEX'

interface Token {
  readonly type: Kind
  readonly index: number
  readonly value: string
}

const SINGLE = {
  __proto__: null,
  '*': 'ASTERISK',
  '+': 'OTHER_MODIFIER',
  '?': 'OTHER_MODIFIER',
  '{': 'OPEN',
  '}': 'CLOSE',
} as unknown as Readonly<Record<string, Kind | undefined>>

/** What is wrong, as a sentence, or what a group has between its parentheses. */
type Group = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string }

/** @param isLenient whether what is wrong is a token of its own. */
export function lexer(text: string, isLenient = false): readonly Token[] {
  const tokens = createItems<Token>()
  const add = (type: Kind, index: number, value: string): void => {
    tokens[tokens.length] = { __proto__: null, type, index, value } as Token
  }
  let at = 0
  const addInvalid = (message: string): void => {
    if (!isLenient) throw new TypeErrorIntrinsic(message)
    const value = pointAt(text, at)
    add('INVALID_CHAR', at, value)
    at += value.length
  }
  while (at < text.length) {
    const value = pointAt(text, at)
    const single = SINGLE[value]
    if (single !== undefined) {
      add(single, at, value)
      at++
    } else if (value === '\\') {
      const escaped = pointAt(text, at + 1)
      if (escaped === '') addInvalid(`There is nothing behind the backslash at ${at}`)
      else {
        add('ESCAPED_CHAR', at, escaped)
        at += 1 + escaped.length
      }
    } else if (value === ':') {
      const name = regExpExec(NAME, stringSlice(text, at + 1))?.[0]
      if (name === undefined) addInvalid(`Missing parameter name at ${at}`)
      else {
        add('NAME', at, name)
        at += 1 + name.length
      }
    } else if (value === '(') {
      const group = readGroup(text, at + 1)
      if (!group.ok) addInvalid(group.message)
      else {
        add('REGEX', at, group.value)
        at += 2 + group.value.length
      }
    } else {
      add('CHAR', at, value)
      at += value.length
    }
  }
  add('END', at, '')
  return tokens
}

/** Empty behind the end. */
function pointAt(text: string, at: number): string {
  const code = at < text.length ? charCodeAt(text, at) : 0
  const next = at + 1 < text.length ? charCodeAt(text, at + 1) : 0
  const isPair = code >= 0xd8_00 && code < 0xdc_00 && next >= 0xdc_00 && next < 0xe0_00
  return stringSlice(text, at, at + (isPair ? 2 : 1))
}

function readGroup(text: string, from: number): Group {
  if (text[from] === '?') return wrong(`Pattern cannot start with "?" at ${from}`)
  let depth = 1
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string
    if (charCodeAt(text, at) > 0x7f) return wrong(`Invalid character '${character}' at ${at}.`)
    if (character === '\\') {
      at++
      if (at < text.length && charCodeAt(text, at) > 0x7f) return wrong(`Invalid character at ${at}.`)
    } else if (character === '(') {
      depth++
      if (text[at + 1] !== '?') return wrong(`Capturing groups are not allowed at ${at}`)
    } else if (character === ')' && --depth === 0) {
      const value = stringSlice(text, from, at)
      return value === '' ? wrong(`Missing pattern at ${from}`) : ({ __proto__: null, ok: true, value } as Group)
    }
  }
  return wrong(`Unbalanced pattern at ${from}`)
}

const wrong = (message: string): Group => ({ __proto__: null, ok: false, message }) as Group
