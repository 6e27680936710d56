// Source that came with a request to one script, for many tenants, through one bundler process at a time.
import { realpath } from 'node:fs/promises'
import type { BundledSource, SourceBundler, SourceRequest } from '../core/source-bundler.ts'
import type { Failure } from '../errors.ts'
import { BUNDLER_UNAVAILABLE, describeBundlerEnd, describeProblems, describeTooMuch } from './bundle-failure.ts'
import type { BundleLimits } from './bundle-failure.ts'
import { bundleSource, ESBUILD_FOLDER, startBundleProcess } from './bundle-process.ts'
import type { BundleMessage, BundleProcess } from './bundle-process.ts'
import { describeLoneSurrogate } from './describe-failure.ts'
import { isReachableToAll } from './reachable-to-all.ts'
import { ResultCache } from './result-cache.ts'
import { TenantTool } from './tenant-tool.ts'
import type { TenantToolLimits, ToolEvent, Worked } from './tenant-tool.ts'

export interface SourceBundlerOptions extends Partial<BundleLimits>, Partial<TenantToolLimits> {
  /** What the kept bundles, their maps and their keys may take. */
  readonly cacheBytes?: number
  /**
   * User and group of the tool process; for services that run as root. Ignored for packages that this user does not get to.
   */
  readonly uid?: number | undefined
  /** Another program in place of the tool; for tests. */
  readonly entryPath?: string
  readonly observe?: (event: ToolEvent) => void
}

const DEFAULTS = {
  inputBytes: 16 * 1024 * 1024,
  outputBytes: 8 * 1024 * 1024,
  deadlineMs: 10_000,
  residentMb: 1_024,
  idleMs: 60_000,
  turnMs: 250,
  waiting: 256,
  waitingPerTenant: 64,
  cacheBytes: 64 * 1024 * 1024,
}

const CANCELLED: Failure = { code: 'CANCELLED', message: 'The request was cancelled before its source was bundled.' }
const DRAINING: Failure = { code: 'DRAINING', message: 'The service is shutting down and bundles no more sources.' }

interface Job {
  readonly key: string
  readonly request: SourceRequest
}

const failed = (failure: Failure): BundledSource => ({ ok: false, failure })

export class ToolSourceBundler implements SourceBundler {
  readonly #options: typeof DEFAULTS & SourceBundlerOptions
  readonly #cache: ResultCache<BundledSource>
  readonly #tool: TenantTool<Job, BundledSource, BundleMessage>

  constructor(options: SourceBundlerOptions = {}) {
    this.#options = { ...DEFAULTS, ...options }
    this.#cache = new ResultCache({ maxBytes: this.#options.cacheBytes, sizeOf })
    this.#tool = new TenantTool(
      {
        // A process may read the packages that it was started for.
        keyOf: ({ request }: Job) => request.packages?.folder ?? '',
        start: (job: Job) => this.#start(job),
        known: ({ key }: Job) => this.#cache.get(key),
        work: (process: BundleProcess, job: Job) => this.#bundle(process, job),
        failed,
        failures: { cancelled: CANCELLED, draining: DRAINING, unavailable: BUNDLER_UNAVAILABLE },
        jobs: 'sources to bundle',
      },
      this.#options,
      options.observe,
    )
  }

  /** The process at work, or undefined when there is none. */
  get pid(): number | undefined {
    return this.#tool.pid
  }

  /** What the kept bundles take. */
  get cacheBytes(): number {
    return this.#cache.bytes
  }

  async bundleSource(request: SourceRequest): Promise<BundledSource> {
    const { tenant, signal, code, language, fileName, name, modules, packages } = request
    if (signal.aborted) return failed(CANCELLED)
    if (this.#tool.isDisposed) return failed(DRAINING)
    const refusal = this.#refuse(request)
    if (refusal !== null) return failed(refusal)
    const about = [language, fileName, name, packages?.hash ?? '', String(modules.size)]
    const key = ResultCache.key(tenant, ...about, code, ...[...modules].flat())
    return this.#cache.get(key) ?? (await this.#tool.run({ key, request }, { tenant, signal }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]()
  }

  #refuse({ code, modules, fileName }: SourceRequest): Failure | null {
    const { inputBytes } = this.#options
    let used = Buffer.byteLength(code)
    for (const text of modules.values()) used += Buffer.byteLength(text)
    if (used > inputBytes) return describeTooMuch({ side: 'input', used }, fileName, this.#options)
    const broken = [code, ...modules.values()].find((text) => !text.isWellFormed())
    return broken === undefined ? null : describeLoneSurrogate(broken)
  }

  async #start({ request }: Job): Promise<BundleProcess> {
    const { packages } = request
    const folders = packages === null ? [] : [await realpath(packages.folder)]
    const needed = await Promise.all([...folders, await realpath(ESBUILD_FOLDER)].map(isReachableToAll))
    const uid = needed.every(Boolean) ? this.#options.uid : undefined
    return startBundleProcess({ ...this.#options, uid, folders })
  }

  async #bundle(process: BundleProcess, { key, request }: Job): Promise<Worked<BundledSource>> {
    const { code, language, fileName, name, modules } = request
    const { inputBytes, outputBytes } = this.#options
    const header = { language, fileName, name, modulePaths: [...modules.keys()], inputBytes, outputBytes }
    const answer = await bundleSource(process, header, [code, ...modules.values()])
    switch (answer.type) {
      case 'bundled': {
        const hash = key.slice(0, key.indexOf(':'))
        const bundle = { kind: answer.kind, code: answer.code, hash, map: answer.map ?? '' }
        return { result: this.#keep(key, { ok: true, type: 'bundled', bundle }), retireReason: null }
      }
      case 'untouched':
        return { result: this.#keep(key, { ok: true, type: 'untouched' }), retireReason: null }
      // Whatever made the bundler refuse may have left it damaged: the next source gets a new process.
      case 'rejected':
        return {
          result: this.#keep(key, failed(describeProblems(answer.problems))),
          retireReason: 'it refused a source',
        }
      case 'too-large':
        return { result: failed(describeTooMuch(answer, fileName, this.#options)), retireReason: 'too much for it' }
      case 'ended':
        return { result: failed(describeBundlerEnd(answer, fileName, this.#options)), retireReason: answer.detail }
      default:
        return answer satisfies never
    }
  }

  #keep(key: string, result: BundledSource): BundledSource {
    this.#cache.set(key, result)
    return result
  }
}

function sizeOf(result: BundledSource): number {
  if (!result.ok) return result.failure.message.length
  return result.type === 'untouched' ? 0 : result.bundle.code.length + result.bundle.map.length
}
