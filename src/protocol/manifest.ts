// The flash_manifest.json of an artifact (protocol.md §5.2): its shape, our optional additions, and the rules between its parts.
import * as v from 'valibot'
import { PositiveInteger } from './function-request.ts'
import { isJsonObject, parseJson } from './json.ts'
import { OWN_BRANCHES, OWN_PATHS, OWN_TREES } from './own-paths.ts'

export type ParsedManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; /** One sentence that begins with the JSON path. */ readonly message: string }

export interface Manifest {
  readonly resources: ReadonlyMap<string, ManifestResource>
  /** Function name to resource name. */
  readonly registry: ReadonlyMap<string, string>
  readonly resourceUrls: ReadonlyMap<string, string>
  /** What our own builder has bundled already, by module name. */
  readonly bundled: ReadonlyMap<string, ManifestBundle>
}
export type ManifestResource = v.InferOutput<typeof Resource>
export type ManifestFunction = ManifestResource['functions'][number]
export type ManifestBundle = v.InferOutput<typeof Bundle>

const HTTP_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const
const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean', 'bytes', 'any'] as const
const MEMORY_MB_MIN = 8
const MAX_NAME_CHARACTERS = 256

/** Names become names in generated code, so they are what the language takes for one. */
const IDENTIFIER = /^[$_\p{ID_Start}][$\u200C\u200D\p{ID_Continue}]*$/u
/** No segment can be empty, `..` or hold a slash: a module name is never a way out of the artifact. */
const MODULE = /^[$\p{ID_Continue}-]+(?:\.[$\p{ID_Continue}-]+)*$/u
const FILE = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\\\0]+(?:\/[^/\\\0]+)*$/u
/** As `core/host-rule.ts` reads them. */
const HOST = /^(?:https?:\/\/)?(?:\*\.)?(?:[^\s/?#@\\*:[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/iu
const MAX_HOSTS = 256
const HTTP_PATH = /^(?:\/|(?:\/(?:[\w.~!$&'()*+,;=:@-]+|\{[A-Za-z_]\w*\}))+\/?)$/u

const RESERVED_PATH = new RegExp(
  `^/(?:${OWN_PATHS.join('|')}|(?:${OWN_TREES.join('|')})(?:/.*)?|(?:${OWN_BRANCHES.join('|')})/.+)/?$`,
  'iu',
)

const text = v.pipe(
  v.string('must be text'),
  v.maxLength(MAX_NAME_CHARACTERS, `must have at most ${MAX_NAME_CHARACTERS} characters`),
)
const identifier = v.pipe(text, v.regex(IDENTIFIER, 'must be one identifier'))
const record = v.custom<Readonly<Record<string, unknown>>>(isJsonObject, 'must be an object')
const noRecord = (): Readonly<Record<string, unknown>> => ({})

const Limits = v.strictObject(
  {
    wallMs: v.optional(PositiveInteger),
    cpuMs: v.optional(PositiveInteger),
    memoryMb: v.optional(v.pipe(PositiveInteger, v.minValue(MEMORY_MB_MIN, `must be at least ${MEMORY_MB_MIN}`))),
    inputBytes: v.optional(PositiveInteger),
    outputBytes: v.optional(PositiveInteger),
    logBytes: v.optional(PositiveInteger),
  },
  'must be an object of known limits',
)

const Parameter = v.pipe(
  v.object(
    {
      name: identifier,
      type: v.optional(v.picklist(PARAMETER_TYPES, `must be one of ${PARAMETER_TYPES.join(', ')}`), 'any'),
      required: v.optional(v.boolean('must be true or false'), true),
    },
    'must be an object',
  ),
  v.transform(({ required, ...rest }) => ({ ...rest, isRequired: required })),
)

/** A repeated name stands for two things at once. */
function allDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}

/** `is_async` is not read: deployed builds record it wrongly, and awaiting what is no promise costs nothing. */
const FunctionEntry = v.object(
  {
    name: identifier,
    module: v.pipe(text, v.regex(MODULE, 'must be a module name such as a.b')),
    is_class: v.nullish(v.boolean('must be true or false'), false),
    class_methods: v.nullish(
      v.pipe(
        v.array(identifier, 'must be a list'),
        v.check((all) => allDistinct(all), 'must not repeat a name'),
      ),
      () => [],
    ),
    http_method: v.nullish(
      v.pipe(text, v.toUpperCase(), v.picklist(HTTP_METHODS, `must be one of ${HTTP_METHODS.join(', ')}`)),
      null,
    ),
    http_path: v.nullish(
      v.pipe(
        text,
        v.startsWith('/', "must begin with '/'"),
        v.regex(HTTP_PATH, 'must be made of plain segments and {name}'),
        v.check((path) => !RESERVED_PATH.test(path), 'is a path of the service itself'),
      ),
      null,
    ),
    max_concurrency: v.nullish(PositiveInteger, null),
    return_aggregate_stream: v.nullish(v.boolean('must be true or false'), null),
    limits: v.nullish(Limits, () => ({})),
    egress: v.nullish(
      v.pipe(
        v.array(v.pipe(text, v.regex(HOST, 'must be a host such as api.example.com:443')), 'must be a list'),
        v.maxLength(MAX_HOSTS, `must have at most ${MAX_HOSTS} hosts`),
      ),
      null,
    ),
    parameters: v.nullish(
      v.pipe(
        v.array(Parameter, 'must be a list'),
        v.check((all) => allDistinct(all.map(({ name }) => name)), 'must not repeat a name'),
      ),
      null,
    ),
  },
  'must be an object',
)

/** Platforms write numbers and booleans as such; variables are texts. */
const EnvironmentValue = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'must be text'),
  v.transform((value) => String(value)),
)

const Environment = v.pipe(
  record,
  v.transform((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))),
  v.record(v.string(), EnvironmentValue, 'must be an object of texts'),
)

const Resource = v.object(
  {
    env: v.nullish(Environment, () => ({})),
    functions: v.nullish(v.array(FunctionEntry, 'must be a list'), () => []),
    is_load_balanced: v.nullish(v.boolean('must be true or false'), false),
    max_concurrency: v.nullish(PositiveInteger, null),
    return_aggregate_stream: v.nullish(v.boolean('must be true or false'), null),
  },
  'must be an object',
)

const Bundle = v.object(
  {
    file: v.pipe(v.string('must be text'), v.regex(FILE, 'must be a relative path inside the artifact')),
    kind: v.picklist(['script', 'module'], "must be 'script' or 'module'"),
    hash: v.pipe(v.string('must be text'), v.regex(/^[0-9a-f]{64}$/u, 'must be a SHA-256 in hex')),
    source: v.pipe(v.string('must be text'), v.regex(FILE, 'must be a relative path inside the artifact')),
  },
  'must be an object',
)

const Url = v.pipe(
  v.string('must be text'),
  v.regex(/^https?:\/\/[^\s/]/u, 'must be an http or https URL'),
  v.url('must be a URL'),
)

/** Maps of the manifest are read as they are first: a schema for records would drop keys such as `constructor`. */
const Top = v.object(
  {
    resources: record,
    function_registry: record,
    resources_endpoints: v.nullish(record, noRecord),
    bundled: v.nullish(record, noRecord),
  },
  'must be an object',
)

/** Never throws on any text. Unknown keys are ignored. */
export function parseManifest(json: string): ParsedManifest {
  const parsed = parseJson(json)
  if (!parsed.ok) return invalid([], `is not JSON: ${parsed.reason}`)
  const top = v.safeParse(Top, parsed.value, { abortEarly: true })
  if (!top.success) return invalid(pathOf(top.issues[0]), top.issues[0].message)
  const resources = readMap('resources', Resource, top.output.resources)
  if (!resources.ok) return resources
  const registry = readMap('function_registry', text, top.output.function_registry)
  if (!registry.ok) return registry
  const urls = readMap('resources_endpoints', Url, top.output.resources_endpoints)
  if (!urls.ok) return urls
  const bundled = readMap('bundled', Bundle, top.output.bundled)
  if (!bundled.ok) return bundled
  const broken = findBrokenFunction(resources.map) ?? findBrokenRegistration(registry.map, resources.map)
  if (broken !== null) return broken
  const manifest = { resources: resources.map, registry: registry.map, resourceUrls: urls.map, bundled: bundled.map }
  return { ok: true, manifest }
}

type Path = readonly (string | number)[]
type Invalid = ParsedManifest & { readonly ok: false }
type ReadMap<T> = Invalid | { readonly ok: true; readonly map: ReadonlyMap<string, T> }

function readMap<T>(
  key: string,
  schema: v.BaseSchema<unknown, T, v.BaseIssue<unknown>>,
  given: Readonly<Record<string, unknown>>,
): ReadMap<T> {
  const map = new Map<string, T>()
  for (const [name, value] of Object.entries(given)) {
    if (name === '' || name.length > MAX_NAME_CHARACTERS) {
      return invalid([key], `has a key that is empty or longer than ${MAX_NAME_CHARACTERS} characters`)
    }
    const parsed = v.safeParse(schema, value, { abortEarly: true })
    if (!parsed.success) return invalid([key, name, ...pathOf(parsed.issues[0])], parsed.issues[0].message)
    map.set(name, parsed.output)
  }
  return { ok: true, map }
}

function findBrokenFunction(resources: ReadonlyMap<string, ManifestResource>): Invalid | null {
  const owners = new Map<string, string>()
  for (const [resourceName, { functions, is_load_balanced: isLoadBalanced }] of resources) {
    const routes = new Map<string, string>()
    for (const [index, one] of functions.entries()) {
      const path = ['resources', resourceName, 'functions', index]
      const owner = owners.get(one.name)
      if (owner !== undefined) return invalid([...path, 'name'], `'${one.name}' is in resource '${owner}' already`)
      owners.set(one.name, resourceName)
      if (!one.is_class && one.class_methods.length > 0) {
        return invalid([...path, 'class_methods'], `'${one.name}' is not a class`)
      }
      if (!isLoadBalanced) continue
      if (one.http_method === null) return invalid([...path, 'http_method'], 'is needed in a load-balanced resource')
      if (one.http_path === null) return invalid([...path, 'http_path'], 'is needed in a load-balanced resource')
      const route = routeKey(one.http_method, one.http_path)
      const other = routes.get(route)
      if (other !== undefined) {
        return invalid([...path, 'http_path'], `${one.http_method} ${one.http_path} is the route of '${other}' already`)
      }
      routes.set(route, one.name)
    }
  }
  return null
}

function findBrokenRegistration(
  registry: ReadonlyMap<string, string>,
  resources: ReadonlyMap<string, ManifestResource>,
): Invalid | null {
  for (const [name, resourceName] of registry) {
    const resource = resources.get(resourceName)
    const path = ['function_registry', name]
    if (resource === undefined) return invalid(path, `there is no resource '${resourceName}'`)
    if (!resource.functions.some((one) => one.name === name)) {
      return invalid(path, `resource '${resourceName}' has no function '${name}'`)
    }
  }
  return null
}

/** Two routes that differ in the names of their parameters or in a slash at the end match the same requests. */
export function routeKey(method: string, path: string): string {
  return `${method} ${path.replaceAll(/\{\w+\}/gu, '{}').replace(/(?<=.)\/$/u, '')}`
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return issue.path?.map(({ key }) => (typeof key === 'number' ? key : String(key))) ?? []
}

function invalid(path: Path, problem: string): Invalid {
  const shown = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return { ok: false, message: `${shown === '' ? 'flash_manifest.json' : shown.slice(1)}: ${problem}.` }
}
