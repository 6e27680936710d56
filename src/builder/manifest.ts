// The manifest of an artifact, from what its modules were found to export.
import type { EndpointSettings } from './read-endpoints.ts'
import { routeKey } from './route-path.ts'
import type { ScannedFunction } from './scan-module.ts'
import { placeOf } from './syntax.ts'
import type { ParsedModule, Report } from './syntax.ts'

/** A module with at least one function. */
export interface BuiltModule {
  readonly name: string
  readonly parsed: ParsedModule
  readonly functions: readonly ScannedFunction[]
  readonly endpoints: ReadonlyMap<string, EndpointSettings>
  readonly defaultExport: { readonly name: string | null } | null
}

export interface ManifestBundle {
  /** From the folder of the artifact. */
  readonly file: string
  readonly kind: 'script' | 'module'
  /** SHA-256 of the code, in hex. */
  readonly hash: string
  /** From the folder of the project. */
  readonly source: string
}

export interface ManifestOptions {
  readonly projectName: string
  readonly modules: readonly BuiltModule[]
  readonly bundled: Readonly<Record<string, ManifestBundle>>
  /** Names of modules whose bundles call functions of others. */
  readonly callers: ReadonlySet<string>
}

/** The keys that other builders of such artifacts write, and `bundled`. */
export interface Manifest {
  readonly version: '1.0'
  readonly generated_at: string
  readonly project_name: string
  readonly resources: Readonly<Record<string, object>>
  readonly function_registry: Readonly<Record<string, string>>
  readonly routes: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bundled: Readonly<Record<string, ManifestBundle>>
}

const MODULE_NAME = /^[$\p{ID_Continue}-]+(?:\.[$\p{ID_Continue}-]+)*$/u

/** Always the same, so that equal sources make equal artifacts. */
const GENERATED_AT = '1970-01-01T00:00:00.000Z'

export function isLoadBalanced({ endpoints }: BuiltModule): boolean {
  return [...endpoints.values()].some(({ route }) => route !== null)
}

/** The rules that hold over the whole project. */
export function checkProject(modules: readonly BuiltModule[], report: Report): void {
  const moduleOf = new Map<string, string>()
  const functionOf = new Map<string, string>()
  const routeOf = new Map<string, string>()
  const claim = (owners: Map<string, string>, key: string, owner: string, what: string, place: string): void => {
    const other = owners.get(key)
    if (other === undefined) owners.set(key, owner)
    else report(`${place}: ${what} is already that of ${other}.`)
  }
  for (const module of modules) {
    const { name, parsed, functions, endpoints } = module
    if (!MODULE_NAME.test(name)) {
      report(`${parsed.file}: The path of a module can have letters, digits and '_$-' only, not as in '${name}'.`)
    }
    claim(moduleOf, name, parsed.file, `The module name '${name}'`, parsed.file)
    const hasRoutes = isLoadBalanced(module)
    for (const one of functions) {
      const place = placeOf(parsed, one.node)
      const settings = endpoints.get(one.name)
      claim(functionOf, one.name, place, `The function name '${one.name}'`, place)
      if (settings?.route != null) {
        const { method, path } = settings.route
        const routePlace = placeOf(parsed, settings.node)
        claim(routeOf, routeKey(method, path), routePlace, `The route '${method} ${path}'`, routePlace)
      } else if (hasRoutes) {
        report(`${place}: '${one.name}' has no route, but others of its module have; give it one or move it elsewhere.`)
      }
    }
  }
}

export function createManifest({ projectName, modules, bundled, callers }: ManifestOptions): Manifest {
  const registry = modules.flatMap(({ name, functions }) => functions.map((one): [string, string] => [one.name, name]))
  const withRoutes = modules.filter(isLoadBalanced)
  return {
    version: '1.0',
    generated_at: GENERATED_AT,
    project_name: projectName,
    resources: Object.fromEntries(modules.map((module) => [module.name, toResource(module, callers.has(module.name))])),
    function_registry: Object.fromEntries(registry),
    routes: Object.fromEntries(withRoutes.map(({ name, endpoints }) => [name, routesOf(endpoints)])),
    bundled,
  }
}

function routesOf(endpoints: BuiltModule['endpoints']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...endpoints].flatMap(([name, { route }]): [string, string][] =>
      route === null ? [] : [[`${route.method} ${route.path}`, name]],
    ),
  )
}

function toResource(module: BuiltModule, makesRemoteCalls: boolean): object {
  return {
    functions: module.functions.map((one) => toEntry(module.name, one, module.endpoints.get(one.name))),
    is_load_balanced: isLoadBalanced(module),
    is_live_resource: false,
    makes_remote_calls: makesRemoteCalls,
  }
}

/** Without the keys that say nothing: a reader has defaults for them. */
function toEntry(module: string, one: ScannedFunction, settings: EndpointSettings | undefined): object {
  const { route, limits, maxConcurrency, returnAggregateStream, egress } = settings ?? {}
  const parameters = one.parameters?.map(({ name, type, isRequired }) => ({ name, type, required: isRequired }))
  return {
    name: one.name,
    module,
    is_async: one.isAsync,
    is_class: one.kind === 'class',
    ...(one.kind === 'class' ? { class_methods: one.methods } : {}),
    ...(route == null ? {} : { http_method: route.method, http_path: route.path }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(limits == null ? {} : { limits }),
    ...(maxConcurrency == null ? {} : { max_concurrency: maxConcurrency }),
    ...(returnAggregateStream === true ? { return_aggregate_stream: true } : {}),
    ...(egress == null ? {} : { egress }),
  }
}
