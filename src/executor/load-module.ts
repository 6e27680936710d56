// Evaluates a deployed module in a virgin isolate, from V8's code cache when there is one.
import type Ivm from 'isolated-vm'
import type { Tier } from '../../sandbox/src/bridge.ts'
import type { LoadMessage } from '../ipc/messages.ts'
import { evaluateModule } from './evaluate.ts'
import { ivm } from './load-isolated-vm.ts'
import type { PhaseLedger } from './phase-ledger.ts'
import type { Slot } from './slot.ts'
import { bare } from './slot.ts'
import { toTier } from './tier-choice.ts'

/** What isolated-vm puts on a script, of which its types say less. */
export interface CachedDataResult {
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
  cache: CodeCache | null
}

export interface CodeCache {
  /** Of the isolate that it was made in: V8 takes it in no other. */
  readonly tier: Tier
  readonly bytes: Ivm.ExternalCopy<ArrayBuffer>
}

/** Whether it is for one instance of a class, and for nothing else. */
export function isInstance({ message }: LoadedSource): boolean {
  return message.memoryMb !== undefined
}

export interface ScriptLoading {
  readonly timeoutMs: () => number
  /** Told once when V8 has made a code cache where there was none that it takes. */
  readonly onCache: (cache: string) => void
  readonly ledger: PhaseLedger
}

/** Compiles and runs a bundled script. Rejects with what does not compile or what the top level threw. */
export async function loadScript(
  source: LoadedSource,
  slot: Slot,
  { timeoutMs, onCache, ledger }: ScriptLoading,
): Promise<void> {
  const filename = source.message.fileName
  const { tier } = slot
  const cached = source.cache?.tier === tier ? source.cache : null
  const script: Ivm.Script & CachedDataResult = await slot.isolate.compileScript(
    source.code,
    // An instance is loaded once: nobody would take a cache from it.
    bare(
      cached === null ? { filename, produceCachedData: !isInstance(source) } : { filename, cachedData: cached.bytes },
    ),
  )
  if (script.cachedData !== undefined) {
    source.cache = { tier, bytes: script.cachedData }
    onCache(writeCache(tier, script.cachedData.copy()))
  } else if (script.cachedDataRejected === true) source.cache = null
  ledger.compiled(cached !== null && script.cachedDataRejected !== true ? 'hit' : 'miss')
  await script.run(slot.context, bare({ timeout: timeoutMs(), release: true, reference: true as const }))
}

/** Starts an ES module; it is over when the guest program says so with `OP.moduleReady`. */
export async function startModule(source: LoadedSource, slot: Slot, timeoutMs: () => number): Promise<void> {
  const module = await slot.isolate.compileModule(source.code, { filename: source.message.fileName })
  const [specifier] = module.dependencySpecifiers
  if (specifier !== undefined) throw new SyntaxError(`The module imports '${specifier}', which is not bundled with it.`)
  await evaluateModule(module, slot, timeoutMs)
}

/** As the front keeps it: the tier, a colon, and base64. */
export function writeCache(tier: Tier, bytes: ArrayBuffer): string {
  return `${tier}:${Buffer.from(bytes).toString('base64')}`
}

/** Null for none. */
export function readCache(text: string): CodeCache | null {
  const colon = text.indexOf(':')
  if (colon < 1) return null
  const bytes = Buffer.from(text.slice(colon + 1), 'base64')
  return { tier: toTier(Number(text.slice(0, colon))), bytes: new ivm.ExternalCopy(new Uint8Array(bytes).buffer) }
}
