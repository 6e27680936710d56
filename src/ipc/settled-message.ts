// The executor's last word on a task, which is checked by hand: it is the one message that every call pays for.
import { CODE_CACHE_USES, ISOLATE_KINDS } from '../core/outcome.ts'
import type { CodeCacheUse, IsolateKind, PhaseTimings } from '../core/outcome.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { MAX_FAILURE_CHARACTERS, MAX_NAME_CHARACTERS } from './bounds.ts'

/** Those that an executor measures. */
export type SettledPhases = Omit<PhaseTimings, 'queueMs' | 'installMs' | 'transpileMs' | 'returnMs'>

interface SettledFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly stack?: string | undefined
  readonly limit?: number | undefined
  readonly used?: number | undefined
}

/** Parts: the log, then the value if `ok`. */
export interface SettledMessage {
  readonly type: 'settled'
  readonly taskId: string
  readonly ok: boolean
  /** Whether the executor can take the next task at once; otherwise `idle` or `doomed` follows. */
  readonly isFree: boolean
  /** How many chunks were sent, when the result was a stream; the value is then empty, or the list of them if that was asked for. */
  readonly chunks?: number
  /** The call has made the instance that it is of. */
  readonly madeInstance?: true
  /** Whether any of the submitted code ran: decides between a null and an empty stdout. */
  readonly ran: boolean
  readonly failure: SettledFailure | null
  readonly cpuMs: number
  readonly wallMs: number
  readonly phases: SettledPhases
  /** When it took the task up, of `monotonicMs`. */
  readonly takenUpAtMs?: number
  readonly isolate?: IsolateKind
  readonly codeCache?: CodeCacheUse
  readonly heapBytes?: number
}

type Check = (value: unknown) => boolean

/** By the names of the fields; a name that is not there is none that a message may have. */
interface Shape {
  readonly required: ReadonlyMap<string, Check>
  readonly optional: ReadonlyMap<string, Check>
}

const isBoolean: Check = (value) => typeof value === 'boolean'
/** JSON can say `1e999`, which is none that anybody can count with. */
const isFiniteNumber: Check = Number.isFinite
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isMs: Check = (value) => Number.isFinite(value) && (value as number) >= 0
const isName: Check = (value) => typeof value === 'string' && value.length <= MAX_NAME_CHARACTERS
const isFailureText: Check = (value) => typeof value === 'string' && value.length <= MAX_FAILURE_CHARACTERS
const isOneOf = (known: Iterable<string>): Check => {
  const values = new Set<unknown>(known)
  return (value) => values.has(value)
}

const FAILURE: Shape = {
  required: new Map([
    ['code', isOneOf(Object.keys(ERRORS))],
    ['message', isFailureText],
  ]),
  optional: new Map([
    ['stack', isFailureText],
    ['limit', isFiniteNumber],
    ['used', isFiniteNumber],
  ]),
}

const PHASE_NAMES: readonly (keyof SettledPhases)[] = [
  'executorMs',
  'isolateMs',
  'compileMs',
  'evaluateMs',
  'decodeMs',
  'callMs',
  'encodeMs',
]
const PHASES: Shape = { required: new Map(), optional: new Map(PHASE_NAMES.map((name) => [name, isMs])) }

const SETTLED: Shape = {
  required: new Map<string, Check>([
    ['type', (value) => value === 'settled'],
    ['taskId', isName],
    ['ok', isBoolean],
    ['isFree', isBoolean],
    ['ran', isBoolean],
    ['failure', (value) => value === null || fits(value, FAILURE)],
    ['cpuMs', isMs],
    ['wallMs', isMs],
    ['phases', (value) => fits(value, PHASES)],
    ['parts', Array.isArray],
  ]),
  optional: new Map<string, Check>([
    ['chunks', isCount],
    ['madeInstance', (value) => value === true],
    ['takenUpAtMs', isMs],
    ['isolate', isOneOf(ISOLATE_KINDS)],
    ['codeCache', isOneOf(CODE_CACHE_USES)],
    ['heapBytes', isCount],
  ]),
}

/** @param header of a frame, as it was parsed from JSON. */
export function isSettled(header: unknown): header is SettledMessage {
  return fits(header, SETTLED)
}

/** Whether a value that was parsed from JSON has all fields that it must have, none that it may not, and each as it is to be. */
function fits(value: unknown, { required, optional }: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false
  let missing = required.size
  for (const [name, field] of Object.entries(value)) {
    const check = required.get(name)
    if (check === undefined) {
      if (optional.get(name)?.(field) !== true) return false
    } else if (check(field)) missing--
    else return false
  }
  return missing === 0
}
