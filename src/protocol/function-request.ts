// The FunctionRequest of the wire: which keys it has, their types, defaults and leniency.
import * as v from 'valibot'
import { isJsonObject } from './json.ts'

const LAX_TRUE = new Set<unknown>([true, 1, '1', 'on', 't', 'true', 'y', 'yes'])
const LAX_FALSE = new Set<unknown>([false, 0, '0', 'off', 'f', 'false', 'n', 'no'])

const text = v.string('Input should be a valid string')
const optionalText = v.optional(v.nullable(text), null)
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

/**
 * The keys of a FunctionRequest (protocol.md §1.1) with five of our own: `language`, `limits`,
 * `return_aggregate_stream`, `dependency_lock` and `usage`.
 * Unknown keys are dropped; an explicit null is an error for keys that are not nullable upstream.
 */
export const FunctionRequest = v.pipe(
  v.object(
    {
      function_name: optionalText,
      function_code: optionalText,
      args: v.optional(list, () => []),
      kwargs: v.optional(map, () => ({})),
      dependencies: v.optional(v.nullable(textList), null),
      system_dependencies: v.optional(v.nullable(textList), null),
      modules: v.optional(textMap, () => ({})),
      dependency_lock: optionalText,
      execution_type: v.optional(text, 'function'),
      class_name: optionalText,
      class_code: optionalText,
      constructor_args: v.optional(list, () => []),
      constructor_kwargs: v.optional(map, () => ({})),
      method_name: v.optional(text, '__call__'),
      instance_id: optionalText,
      create_new_instance: v.optional(LaxBoolean, true),
      accelerate_downloads: v.optional(LaxBoolean, true),
      serialization_format: v.optional(
        v.picklist(['cloudpickle', 'json'], "Input should be 'cloudpickle' or 'json'"),
        'cloudpickle',
      ),
      language: v.optional(
        v.picklist(
          ['javascript', 'typescript', 'python'],
          "Input should be 'javascript' or 'typescript' ('python' is not available in this build)",
        ),
        'javascript',
      ),
      return_aggregate_stream: v.optional(LaxBoolean, false),
      limits: v.optional(AskedLimits, () => ({})),
      usage: v.optional(LaxBoolean, false),
    },
    'Input should be a valid dictionary',
  ),
  v.check(
    (request) => request.execution_type !== 'function' || request.function_name !== null,
    'Value error, function_name is required when execution_type is "function"',
  ),
  v.check(
    (request) => request.execution_type !== 'class' || request.class_name !== null,
    'Value error, class_name is required when execution_type is "class"',
  ),
)
export type FunctionRequest = v.InferOutput<typeof FunctionRequest>

/** Stops at the first value that is none, and makes no list of them. */
function holdsTextsOnly(values: Readonly<Record<string, unknown>>): boolean {
  for (const key in values) if (typeof values[key] !== 'string') return false
  return true
}

function lowered(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}
