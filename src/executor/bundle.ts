// Evaluates what the bundler made of the source of a request: a script, from V8's code cache when there is one.
import type Ivm from 'isolated-vm'
import type { CodeCacheUse } from '../core/outcome.ts'
import { MAX_CODE_CACHE_BYTES } from '../ipc/bounds.ts'
import { writeCache } from './load-module.ts'
import type { CachedDataResult, CodeCache } from './load-module.ts'
import type { Slot } from './slot.ts'
import { bare } from './slot.ts'

export interface BundleRun {
  readonly code: string
  readonly fileName: string
  readonly cache: CodeCache | null
  readonly timeoutMs: () => number
  /**
   * Called when the script is compiled and queued: what is entered then comes behind it, without waiting for this thread.
   * Told whether V8 has taken the cache.
   */
  readonly onQueued: (codeCache: CodeCacheUse) => void
  /** The cache as `readCache` takes it. */
  readonly onCache: (cache: string) => void
}

/** Rejects with a SyntaxError when it does not compile, else with what its top level threw, as isolated-vm shows it. */
export async function evaluateBundle(run: BundleRun, { isolate, context, tier }: Slot): Promise<void> {
  const { code, fileName: filename, cache, timeoutMs } = run
  const isCached = cache?.tier === tier
  const script: Ivm.Script & CachedDataResult = await isolate.compileScript(
    code,
    bare(isCached ? { filename, cachedData: cache.bytes } : { filename, produceCachedData: cache === null }),
  )
  const evaluated = script.run(context, bare({ timeout: timeoutMs(), release: true, reference: true as const }))
  run.onQueued(isCached && script.cachedDataRejected !== true ? 'hit' : 'miss')
  // Of a cache that it was given there is none.
  const made = cache === null ? script.cachedData?.copy() : undefined
  if (made !== undefined && made.byteLength <= MAX_CODE_CACHE_BYTES) run.onCache(writeCache(tier, made))
  await evaluated
}
