// From the parts of a request to the keyword arguments of a route's function, or to what FastAPI says is wrong with them.
import type { DeployedFunction, DeployedParameter } from '../../core/deployment.ts'
import { isJsonObject } from '../../protocol/json.ts'
import type { ValidationDetail } from '../../protocol/validation-detail.ts'
import { writeJson } from '../../protocol/write-json.ts'
import { argumentSourceOf, splitParameters } from './argument-source.ts'
import { checkForm, checkJson, checkPath, checkQuery, notAnObject } from './check-parameters.ts'
import type { Checked, JsonBodyText, LbArgument } from './check-parameters.ts'
import type { FormFields } from './form-body.ts'

export type LbBody =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'json' } & JsonBodyText)
  | { readonly kind: 'form'; readonly fields: FormFields }

export interface LbRequest {
  readonly pathValues: ReadonlyMap<string, string>
  readonly query: URLSearchParams
  /** What `argumentSourceOf` asks for, and `none` when the request has no body. */
  readonly body: LbBody
}

export type BoundRequest =
  | { readonly ok: true; /** No name twice. */ readonly kwargs: readonly LbArgument[] }
  | { readonly ok: false; readonly details: readonly ValidationDetail[] }

export function bindRequest(fn: DeployedFunction, request: LbRequest): BoundRequest {
  const split = splitParameters(fn)
  if (split === null) return bindAll(fn, request)
  const { inPath, own } = split
  const kwargs: LbArgument[] = []
  const details: ValidationDetail[] = []
  for (const checked of [checkPath(inPath, request.pathValues), checkOwn(fn, own, request)]) {
    for (const one of checked) {
      if (one.ok) kwargs.push(one.argument)
      else details.push(one.detail)
    }
  }
  return details.length > 0 ? { ok: false, details } : { ok: true, kwargs }
}

function checkOwn(
  fn: DeployedFunction,
  parameters: readonly DeployedParameter[],
  { query, body }: LbRequest,
): readonly Checked[] {
  const source = argumentSourceOf(fn)
  switch (source) {
    case 'none':
      return []
    case 'query':
      return checkQuery(parameters, query)
    case 'form':
      return checkForm(parameters, body.kind === 'form' ? body.fields : new Map())
    case 'json':
      return checkJson(parameters, body.kind === 'json' ? body : null)
    default:
      return source satisfies never
  }
}

/** The manifest does not tell the parameters: everything goes to the function by its name, and the path wins. */
function bindAll(fn: DeployedFunction, { pathValues, query, body }: LbRequest): BoundRequest {
  const texts = new Map<string, string>()
  if (argumentSourceOf(fn) === 'query') {
    for (const [name, value] of query) texts.set(name, JSON.stringify(value))
  } else if (body.kind === 'json' && body.value !== null) {
    if (!isJsonObject(body.value)) return { ok: false, details: [notAnObject(body)] }
    for (const [name, value] of Object.entries(body.value)) texts.set(name, writeJson(value, body.mayHaveRareNumbers))
  }
  for (const [name, value] of pathValues) texts.set(name, JSON.stringify(value))
  return { ok: true, kwargs: [...texts].map(([name, text]) => ({ name, kind: 'json', text })) }
}
