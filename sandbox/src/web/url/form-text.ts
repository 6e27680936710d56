// `application/x-www-form-urlencoded`.
import { stringIndexOf, stringSlice } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'
import { FORM_SET, percentDecode, percentEncode } from './percent.ts'

export interface NameValue {
  readonly name: string
  value: string
}

export const nameValue = (name: string, value: string): NameValue => ({ __proto__: null, name, value }) as NameValue

export function parseFormText(text: string): NameValue[] {
  const list = createItems<NameValue>()
  let from = 0
  while (from <= text.length) {
    const ampersand = stringIndexOf(text, '&', from)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > from) {
      const pair = stringSlice(text, from, end)
      const sign = stringIndexOf(pair, '=')
      const name = sign === -1 ? pair : stringSlice(pair, 0, sign)
      list[list.length] = nameValue(decode(name), sign === -1 ? '' : decode(stringSlice(pair, sign + 1)))
    }
    from = end + 1
  }
  return list
}

export function serializeFormText(list: readonly NameValue[]): string {
  let text = ''
  for (let index = 0; index < list.length; index++) {
    const { name, value } = list[index] as NameValue
    if (index > 0) text += '&'
    text += `${percentEncode(name, FORM_SET, true)}=${percentEncode(value, FORM_SET, true)}`
  }
  return text
}

function decode(text: string): string {
  let spaced = ''
  let from = 0
  for (let plus = stringIndexOf(text, '+'); plus !== -1; plus = stringIndexOf(text, '+', from)) {
    spaced += `${stringSlice(text, from, plus)} `
    from = plus + 1
  }
  return percentDecode(from === 0 ? text : spaced + stringSlice(text, from))
}
