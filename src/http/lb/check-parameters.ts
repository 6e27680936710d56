// Declared parameters against what a request holds: for each an argument, what is wrong with it, or nothing when it is left to its default.
import type { DeployedParameter } from '../../core/deployment.ts'
import { isJsonObject } from '../../protocol/json.ts'
import type { ParsedJson } from '../../protocol/json.ts'
import { missing } from '../../protocol/validation-detail.ts'
import type { ValidationDetail } from '../../protocol/validation-detail.ts'
import { convertFile, convertValue } from './convert-value.ts'
import type { Converted } from './converted.ts'
import type { FormFields } from './form-body.ts'
import { quoteInput } from './quote-input.ts'

/** One keyword argument; the name is any text, `__proto__` too. */
export type LbArgument =
  | { readonly name: string; readonly kind: 'json'; readonly text: string }
  | { readonly name: string; readonly kind: 'bytes'; readonly base64: string }

export type Checked =
  | { readonly ok: true; readonly argument: LbArgument }
  | { readonly ok: false; readonly detail: ValidationDetail }

export interface JsonBodyText extends ParsedJson {
  /** Of the text, in characters. */
  readonly length: number
}

type Parameters = readonly DeployedParameter[]

/** The route has matched, so every value is there. */
export function checkPath(parameters: Parameters, values: ReadonlyMap<string, string>): readonly Checked[] {
  return parameters.flatMap(({ name, type }) => {
    const value = values.get(name)
    return value === undefined ? [] : checkText(['path', name], value, convertValue(type, value, false))
  })
}

/** Of several values the last one counts. */
export function checkQuery(parameters: Parameters, query: URLSearchParams): readonly Checked[] {
  return parameters.flatMap(({ name, type, isRequired }) => {
    const value = query.getAll(name).at(-1)
    if (value === undefined) return isRequired ? fail(missing(['query', name], null)) : []
    return checkText(['query', name], value, convertValue(type, value, false))
  })
}

/** Empty text is a field that was not filled in. */
export function checkForm(parameters: Parameters, fields: FormFields): readonly Checked[] {
  return parameters.flatMap(({ name, type, isRequired }) => {
    const value = fields.get(name)
    if (value === undefined || value === '') return isRequired ? fail(missing(['body', name], null)) : []
    if (typeof value === 'string') return checkText(['body', name], value, convertValue(type, value, false))
    return check(['body', name], null, convertFile(type, value))
  })
}

/** JSON's `null` is no body, as FastAPI sees it. */
export function checkJson(parameters: Parameters, body: JsonBodyText | null): readonly Checked[] {
  if (body === null || body.value === null) {
    return parameters.some(({ isRequired }) => isRequired) ? fail(missing(['body'], null)) : []
  }
  const { value: values, length, mayHaveRareNumbers } = body
  if (!isJsonObject(values)) return fail(notAnObject(body))
  return parameters.flatMap(({ name, type, isRequired }) => {
    if (Object.hasOwn(values, name)) {
      const value = values[name]
      return check(['body', name], quoteInput(value, length), convertValue(type, value, mayHaveRareNumbers))
    }
    return isRequired ? fail(missing(['body', name], quoteInput(values, length))) : []
  })
}

export function notAnObject({ value, length }: JsonBodyText): ValidationDetail {
  return {
    type: 'model_attributes_type',
    loc: ['body'],
    msg: 'Input should be a valid dictionary or object to extract fields from',
    input: quoteInput(value, length),
  }
}

function checkText(loc: readonly [string, string], value: string, converted: Converted): readonly Checked[] {
  return check(loc, quoteInput(value, value.length), converted)
}

function check(loc: readonly [string, string], input: unknown, converted: Converted): readonly Checked[] {
  if (!converted.ok) return fail({ type: converted.type, loc, msg: converted.msg, input })
  const [, name] = loc
  if (converted.kind === 'json') return [{ ok: true, argument: { name, kind: 'json', text: converted.text } }]
  return [{ ok: true, argument: { name, kind: 'bytes', base64: converted.base64 } }]
}

function fail(detail: ValidationDetail): readonly Checked[] {
  return [{ ok: false, detail }]
}
