// One call: decode the arguments, find the function, call it, wait for it, encode what it returned, tell the host.
import { OP } from '../bridge.ts'
import type { CallHeader } from '../bridge.ts'
import { decodeInput, encodeResult } from '../codec/formats.ts'
import { apply, jsonParse, stringIndexOf, stringSlice } from '../intrinsics.ts'
import type { Required } from './bind-arguments.ts'
import { bundleExports } from './bundle-exports.ts'
import type { Calls } from './calls.ts'
import { describeFailure } from './describe-error.ts'
import { failedEnd } from './failed-end.ts'
import { findEntry } from './find-entry.ts'
import type { Entry } from './find-entry.ts'
import { findMethod } from './find-method.ts'
import { toIterator } from './iterators.ts'
import type { GuestIterator } from './iterators.ts'
import type { ModuleState } from './module-state.ts'
import type { Signatures } from './signatures.ts'
import type { Streams } from './streams.ts'
import { fitArguments, foundTarget, noTarget } from './target.ts'
import type { Target } from './target.ts'

export interface CallOptions {
  readonly id: number
  readonly calls: Calls
  readonly loadSignatures: () => Signatures
  /** The submitted module's namespace; undefined for a script. */
  readonly namespace: object | undefined
  readonly loadModuleState: () => ModuleState
  readonly loadStreams: () => Streams
  /** Tells the host how far the call is. */
  readonly mark: (id: number, op: number) => void
  /** Tells the host how the call ended; only the first time counts. */
  readonly end: (id: number, op: number, payload: string) => void
}

/** In place of a class whose instance is there: what has become of the name since then does not matter. */
const INSTANCE = { __proto__: null }
const NOT_LOOKED_FOR: Entry = { found: true, value: INSTANCE }

/** Runs the call that `payload` describes and ends it with exactly one op, unless it becomes a stream. Never rejects. */
export async function runCall(payload: string, options: CallOptions): Promise<void> {
  const { id, end, mark, calls, loadSignatures } = options
  const lineEnd = stringIndexOf(payload, '\n')
  const header = jsonParse(stringSlice(payload, 0, lineEnd)) as CallHeader
  const { begin } = calls
  begin(id, header.logBytes ?? 0, header.tellsProgress === true)
  try {
    const hasInstance = header.method !== undefined && isMade(header.name, options)
    const entry = hasInstance
      ? NOT_LOOKED_FOR
      : findEntry(header.name, header.isBundle === true ? bundleExports() : options.namespace)
    if (!entry.found) return end(id, OP.entryNotFound, describeFailure(header.name))
    const input = decodeInput(header.format, stringSlice(payload, lineEnd + 1), !hasInstance)
    const target = findTarget(entry.value, header, input, options)
    if (!target.found) return end(id, target.op, describeFailure(target.message))
    const { needsAll = false, optional = [] } = header
    const required = needsAll ? ({ __proto__: null, optional } as Required) : null
    const args = fitArguments(target.fn, target.name, input, { loadSignatures, required })
    if (typeof args === 'string') return end(id, OP.argumentsMismatch, describeFailure(args))
    const isDetailed = header.isDetailed === true
    if (isDetailed) mark(id, OP.decoded)
    const result = await apply(target.fn, target.self, args)
    const source = toIterator(result)
    if (source !== undefined && header.mayStream === true) return openStream(id, header, source, options)
    const value = source === undefined ? result : await collectStream(id, header, source, options)
    if (isDetailed) mark(id, OP.returned)
    end(id, OP.result, encodeResult(header.format, value, header.outputBytes))
  } catch (thrown) {
    const { op, payload: described } = failedEnd(thrown)
    end(id, op, described)
  }
}

function isMade(name: string, { loadModuleState }: CallOptions): boolean {
  const { isMade: isInstanceMade } = loadModuleState()
  return isInstanceMade(name)
}

function openStream(id: number, header: CallHeader, source: GuestIterator, { loadStreams }: CallOptions): void {
  const { open } = loadStreams()
  open(id, header, source)
}

async function collectStream(
  id: number,
  header: CallHeader,
  source: GuestIterator,
  { loadStreams }: CallOptions,
): Promise<readonly unknown[]> {
  const { collect } = loadStreams()
  return collect(id, header, source)
}

function findTarget(
  value: unknown,
  header: CallHeader,
  { constructorInput }: ReturnType<typeof decodeInput>,
  options: CallOptions,
): Target {
  const { name } = header
  if (value === INSTANCE) return findMethod(value, header, constructorInput, options)
  if (typeof value !== 'function') {
    const wanted = header.method === undefined ? 'function' : 'class'
    return noTarget(OP.entryNotCallable, `'${name}' is not a ${wanted} (it is ${kindOf(value)})`)
  }
  return header.method === undefined
    ? foundTarget(value, undefined, name)
    : findMethod(value, header, constructorInput, options)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
}
