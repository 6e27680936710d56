// Whether this build has what a request asks for. What it lacks is refused by name, never ignored.
import type { Language } from '../core/invocation.ts'
import type { Failure } from '../errors.ts'
import type { EncodedRequest } from '../protocol/parse.ts'

export type FeatureCheck =
  | { readonly ok: true; readonly language: Language }
  | { readonly ok: false; readonly failure: Failure }

/** Checks in the order in which a reader meets the keys; an empty value asks for nothing. */
export function checkFeatures(request: EncodedRequest): FeatureCheck {
  if (request.language === 'python') return unavailable('language "python"')
  if (isFilled(request.dependencies)) return unavailable('dependencies')
  if (isFilled(request.system_dependencies)) return unavailable('system_dependencies')
  if (!isEmptyMap(request.modules)) return unavailable('modules')
  return { ok: true, language: request.language }
}

function isFilled(list: readonly string[] | null): boolean {
  return list !== null && list.length > 0
}

function isEmptyMap(map: Readonly<Record<string, string>>): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return false
  return true
}

function unavailable(what: string): FeatureCheck {
  return {
    ok: false,
    failure: { code: 'FEATURE_UNAVAILABLE', message: `${what} is not available in this build` },
  }
}
