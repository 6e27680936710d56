// Whether this build has what a request asks for beside its code. What it lacks is refused by name, never ignored.
import { sourceFileName } from '../core/invocation.ts'
import type { AskedFeatures } from '../core/resolve-invocation.ts'
import type { Failure } from '../errors.ts'
import { hasCode } from '../protocol/parse.ts'
import type { EncodedRequest } from '../protocol/parse.ts'
import { checkModules } from './check-modules.ts'
import type { PrepareOptions } from './prepare.ts'

export type FeatureCheck = ({ readonly ok: true } & AskedFeatures) | Refused
type Refused = { readonly ok: false; readonly failure: Failure }

export interface FeatureOptions extends Pick<PrepareOptions, 'bundler' | 'installer'> {
  readonly modulesBytes?: number
  readonly ignoresSystemDependencies?: boolean
}

const MAX_SHOWN_CHARACTERS = 200

/** Checks in the order in which a reader meets the keys; an empty value asks for nothing. */
export function checkFeatures(request: EncodedRequest, options: FeatureOptions): FeatureCheck {
  const { language, modules, dependencies: asked, system_dependencies: system } = request
  if (language === 'python') return unavailable('language "python"')
  const dependencies = asked ?? []
  if (dependencies.length > 0 && options.installer == null) return unavailable('dependencies')
  const ignores = options.ignoresSystemDependencies === true
  if (isFilled(system) && !ignores) return refusedSystem(system)
  const hasModules = !isEmptyMap(modules)
  if (hasModules && options.bundler == null) return unavailable('modules')
  if (!hasModules && dependencies.length === 0 && !isFilled(system)) return { ok: true, language, needs: null }
  if (!hasCode(request))
    return isFilled(dependencies) || hasModules ? ofDeployed() : { ok: true, language, needs: null }
  const fileName = sourceFileName({ language }, request.execution_type === 'class')
  const checked = checkModules(modules, fileName, options.modulesBytes ?? Number.POSITIVE_INFINITY)
  if (!checked.ok) return checked
  const notice = isFilled(system) ? `system_dependencies are ignored here: ${listOf(system)}\n` : ''
  const { dependency_lock: dependencyLock } = request
  return { ok: true, language, needs: { modules: checked.modules, dependencies, dependencyLock, notice } }
}

function isFilled(list: readonly string[] | null): list is readonly string[] {
  return list !== null && list.length > 0
}

function isEmptyMap(map: Readonly<Record<string, string>>): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return false
  return true
}

function listOf(names: readonly string[]): string {
  const list = names
    .slice(0, MAX_SHOWN_CHARACTERS)
    .join(', ')
    .replaceAll(/\p{Cc}/gu, ' ')
  return list.length <= MAX_SHOWN_CHARACTERS ? list : `${list.slice(0, MAX_SHOWN_CHARACTERS)}…`
}

function refusedSystem(names: readonly string[]): Refused {
  return refused(
    `system_dependencies (${listOf(names)}) cannot be installed: code runs in an isolate, without an operating system. ` +
      'Leave them out, or set SYSTEM_DEPENDENCIES=ignore to have them ignored.',
  )
}

function ofDeployed(): Refused {
  return refused('modules and dependencies are for code that comes with the request; deployed code brings its own')
}

function unavailable(what: string): Refused {
  return refused(`${what} is not available in this build`)
}

function refused(message: string): Refused {
  return { ok: false, failure: { code: 'FEATURE_UNAVAILABLE', message } }
}
