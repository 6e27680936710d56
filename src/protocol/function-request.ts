// The FunctionRequest of the wire: which keys it has, their types, defaults and leniency.
import * as v from 'valibot'
import { isJsonObject } from './json.ts'

const LAX_TRUE = new Set<unknown>([true, 1, '1', 'on', 't', 'true', 'y', 'yes'])
const LAX_FALSE = new Set<unknown>([false, 0, '0', 'off', 'f', 'false', 'n', 'no'])

const text = v.string('Input should be a valid string')
const list = v.custom<readonly unknown[]>(Array.isArray, 'Input should be a valid list')
const map = v.custom<Readonly<Record<string, unknown>>>(isJsonObject, 'Input should be a valid dictionary')
const textList = v.array(text, 'Input should be a valid list')
const textMap = v.custom<Readonly<Record<string, string>>>(
  (value) => isJsonObject(value) && holdsTextsOnly(value),
  'Input should be a valid dictionary of strings',
)

/** Booleans as pydantic reads them: also 0, 1 and the usual words, in any case. */
export const LaxBoolean = v.pipe(
  v.custom<boolean | number | string>(
    (value) => LAX_TRUE.has(lowered(value)) || LAX_FALSE.has(lowered(value)),
    'Input should be a valid boolean, unable to interpret input',
  ),
  v.transform((value) => LAX_TRUE.has(lowered(value))),
)

export const PositiveInteger = v.custom<number>(
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  'Input should be a positive integer',
)

/** The smallest heap that V8 can be given. */
const MEMORY_MB_MIN = 8

/** What a request may lower. An unknown key is an error: a misspelt limit that is ignored protects nobody. */
const AskedLimits = v.pipe(
  map,
  v.strictObject(
    {
      wallMs: v.optional(PositiveInteger),
      cpuMs: v.optional(PositiveInteger),
      memoryMb: v.optional(
        v.pipe(PositiveInteger, v.minValue(MEMORY_MB_MIN, `Input should be at least ${MEMORY_MB_MIN}`)),
      ),
      inputBytes: v.optional(PositiveInteger),
      outputBytes: v.optional(PositiveInteger),
      logBytes: v.optional(PositiveInteger),
    },
    'Extra inputs are not permitted',
  ),
)

const LanguageName = v.picklist(
  ['javascript', 'typescript', 'python'],
  "Input should be 'javascript' or 'typescript' ('python' is not available in this build)",
)
const FormatName = v.picklist(['cloudpickle', 'json'], "Input should be 'cloudpickle' or 'json'")

/**
 * The keys of a FunctionRequest (protocol.md §1.1) with five of our own: `language`, `limits`,
 * `return_aggregate_stream`, `dependency_lock` and `usage`.
 * Unknown keys are dropped; an explicit null is an error for keys that are not nullable upstream. What is absent is not looked
 * at here, since a request has few of its keys: `withDefaults` adds it.
 */
export const FunctionRequestKeys = v.pipe(
  v.object(
    {
      function_name: v.exactOptional(v.nullable(text)),
      function_code: v.exactOptional(v.nullable(text)),
      args: v.exactOptional(list),
      kwargs: v.exactOptional(map),
      dependencies: v.exactOptional(v.nullable(textList)),
      system_dependencies: v.exactOptional(v.nullable(textList)),
      modules: v.exactOptional(textMap),
      dependency_lock: v.exactOptional(v.nullable(text)),
      execution_type: v.exactOptional(text),
      class_name: v.exactOptional(v.nullable(text)),
      class_code: v.exactOptional(v.nullable(text)),
      constructor_args: v.exactOptional(list),
      constructor_kwargs: v.exactOptional(map),
      method_name: v.exactOptional(text),
      instance_id: v.exactOptional(v.nullable(text)),
      create_new_instance: v.exactOptional(LaxBoolean),
      accelerate_downloads: v.exactOptional(LaxBoolean),
      serialization_format: v.exactOptional(FormatName),
      language: v.exactOptional(LanguageName),
      return_aggregate_stream: v.exactOptional(LaxBoolean),
      limits: v.exactOptional(AskedLimits),
      usage: v.exactOptional(LaxBoolean),
    },
    'Input should be a valid dictionary',
  ),
  v.check(
    ({ execution_type: type = 'function', function_name: name = null }) => type !== 'function' || name !== null,
    'Value error, function_name is required when execution_type is "function"',
  ),
  v.check(
    ({ execution_type: type, class_name: name = null }) => type !== 'class' || name !== null,
    'Value error, class_name is required when execution_type is "class"',
  ),
)
type Given = v.InferOutput<typeof FunctionRequestKeys>

type Values = 'args' | 'kwargs' | 'constructor_args' | 'constructor_kwargs'
type AskedLimits = Exclude<Given['limits'], undefined>

const NO_LIMITS: AskedLimits = {}
const NO_MODULES: Readonly<Record<string, string>> = {}

/** The defaults are upstream's. Each key is named, since a spread takes as long as everything else that is done to a request. */
export function withDefaults(given: Given): Required<Omit<Given, Values>> {
  return {
    function_name: given.function_name ?? null,
    function_code: given.function_code ?? null,
    dependencies: given.dependencies ?? null,
    system_dependencies: given.system_dependencies ?? null,
    modules: given.modules ?? NO_MODULES,
    dependency_lock: given.dependency_lock ?? null,
    execution_type: given.execution_type ?? 'function',
    class_name: given.class_name ?? null,
    class_code: given.class_code ?? null,
    method_name: given.method_name ?? '__call__',
    instance_id: given.instance_id ?? null,
    create_new_instance: given.create_new_instance ?? true,
    accelerate_downloads: given.accelerate_downloads ?? true,
    serialization_format: given.serialization_format ?? 'cloudpickle',
    language: given.language ?? 'javascript',
    return_aggregate_stream: given.return_aggregate_stream ?? false,
    limits: given.limits ?? NO_LIMITS,
    usage: given.usage ?? false,
  }
}
export type FunctionRequest = ReturnType<typeof withDefaults>

/** Stops at the first value that is none, and makes no list of them. */
function holdsTextsOnly(values: Readonly<Record<string, unknown>>): boolean {
  for (const key in values) if (typeof values[key] !== 'string') return false
  return true
}

function lowered(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}
