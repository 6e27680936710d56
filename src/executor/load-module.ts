// Evaluates a deployed module in a virgin isolate, from V8's code cache when there is one.
import type Ivm from 'isolated-vm'
import type { LoadMessage } from '../ipc/messages.ts'
import { evaluateModule } from './evaluate.ts'
import { ivm } from './load-isolated-vm.ts'
import type { Slot } from './slot.ts'
import { bare } from './slot.ts'

/** What isolated-vm puts on a script, of which its types say less. */
interface CachedDataResult {
  readonly cachedData?: Ivm.ExternalCopy<ArrayBuffer>
  readonly cachedDataRejected?: boolean
}

/** The source of a module and what V8 made of it the last time. */
export interface LoadedSource {
  readonly message: LoadMessage
  readonly code: string
  /** Variables as a JSON object, or nothing. */
  readonly environment?: string
  /** Made by this process or by another of the same tenant; V8 does not check it. */
  cache: Ivm.ExternalCopy<ArrayBuffer> | null
}

/** Whether it is for one instance of a class, and for nothing else. */
export function isInstance({ message }: LoadedSource): boolean {
  return message.memoryMb !== undefined
}

/**
 * Compiles and runs a bundled script. Rejects with what does not compile or what the top level threw.
 * @param onCache told once when V8 has made a code cache where there was none that it takes.
 */
export async function loadScript(
  source: LoadedSource,
  slot: Slot,
  timeoutMs: () => number,
  onCache: (cache: ArrayBuffer) => void,
): Promise<void> {
  const filename = source.message.fileName
  const cached = source.cache
  const script: Ivm.Script & CachedDataResult = await slot.isolate.compileScript(
    source.code,
    // An instance is loaded once: nobody would take a cache from it.
    bare(cached === null ? { filename, produceCachedData: !isInstance(source) } : { filename, cachedData: cached }),
  )
  if (script.cachedData !== undefined) {
    source.cache = script.cachedData
    onCache(script.cachedData.copy())
  } else if (script.cachedDataRejected === true) source.cache = null
  await script.run(slot.context, bare({ timeout: timeoutMs(), release: true, reference: true as const }))
}

/** Starts an ES module; it is over when the guest program says so with `OP.moduleReady`. */
export async function startModule(source: LoadedSource, slot: Slot, timeoutMs: () => number): Promise<void> {
  const module = await slot.isolate.compileModule(source.code, { filename: source.message.fileName })
  const [specifier] = module.dependencySpecifiers
  if (specifier !== undefined) throw new SyntaxError(`The module imports '${specifier}', which is not bundled with it.`)
  await evaluateModule(module, slot, timeoutMs)
}

export function copyCache(bytes: Uint8Array): Ivm.ExternalCopy<ArrayBuffer> {
  return new ivm.ExternalCopy(new Uint8Array(bytes).buffer)
}
