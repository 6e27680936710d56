// TypeScript to JavaScript for many tenants through one tool process at a time, which serves one tenant and no failure twice.
import type { TenantId } from '../core/task.ts'
import type { Transpiled, Transpiler } from '../core/transpiler.ts'
import type { Failure } from '../errors.ts'
import { CANCELLED, describeLoneSurrogate, describeRejection, describeTooLarge } from './describe-failure.ts'
import { DRAINING, STRIPPER_WORDS, UNAVAILABLE } from './describe-failure.ts'
import { describeToolEnd } from './describe-tool-end.ts'
import { ResultCache } from './result-cache.ts'
import { startStripProcess, strip } from './strip-process.ts'
import type { StripMessage, StripProcess } from './strip-process.ts'
import { TenantTool } from './tenant-tool.ts'
import type { ToolEvent, ToolWork, Worked } from './tenant-tool.ts'

export interface StripTranspilerOptions {
  /** The largest source, in bytes of UTF-8. */
  readonly inputBytes?: number
  /** How long one source may take in a process that is ready. */
  readonly deadlineMs?: number
  /** Resident memory of the process while it works. */
  readonly residentMb?: number
  /** How long a process without work is kept. */
  readonly idleMs?: number
  /** How long one tenant keeps the process while others wait. */
  readonly turnMs?: number
  /** Requests that wait, of all tenants together. */
  readonly waiting?: number
  readonly waitingPerTenant?: number
  /** What the kept results, and their keys, may take. */
  readonly cacheBytes?: number
  /** User and group of the tool process; for services that run as root. */
  readonly uid?: number | undefined
  /** Another program in place of the tool; for tests. */
  readonly entryPath?: string
  readonly observe?: (event: ToolEvent) => void
}

const DEFAULTS = {
  inputBytes: 1024 * 1024,
  deadlineMs: 5_000,
  residentMb: 512,
  idleMs: 60_000,
  turnMs: 250,
  waiting: 256,
  waitingPerTenant: 64,
  cacheBytes: 8 * 1024 * 1024,
}

interface Job {
  readonly key: string
  readonly source: string
}

const failed = (failure: Failure): Transpiled => ({ ok: false, failure })

export class StripTranspiler implements Transpiler {
  readonly #options: typeof DEFAULTS & StripTranspilerOptions
  readonly #cache: ResultCache<Transpiled>
  readonly #tool: TenantTool<Job, Transpiled, StripMessage>

  constructor(options: StripTranspilerOptions = {}) {
    this.#options = { ...DEFAULTS, ...options }
    this.#cache = new ResultCache({
      maxBytes: this.#options.cacheBytes,
      sizeOf: (result) => (result.ok ? result.code.length : result.failure.message.length),
    })
    const tool: ToolWork<Job, Transpiled, StripMessage> = {
      keyOf: () => '',
      start: () => startStripProcess(this.#options),
      known: ({ key }) => this.#cache.get(key),
      work: (process, job) => this.#strip(process, job),
      failed,
      failures: { cancelled: CANCELLED, draining: DRAINING, unavailable: UNAVAILABLE },
      jobs: 'TypeScript sources',
    }
    this.#tool = new TenantTool(tool, this.#options, options.observe)
  }

  async transpile(
    source: string,
    options: { readonly tenant: TenantId; readonly signal: AbortSignal },
  ): Promise<Transpiled> {
    if (options.signal.aborted) return failed(CANCELLED)
    if (this.#tool.isDisposed) return failed(DRAINING)
    const refusal = this.#refuse(source)
    if (refusal !== null) return failed(refusal)
    const key = ResultCache.key(options.tenant, source)
    return this.#cache.get(key) ?? (await this.#tool.run({ key, source }, options))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]()
  }

  #refuse(source: string): Failure | null {
    const { inputBytes: limit } = this.#options
    const used = Buffer.byteLength(source)
    if (used > limit) return describeTooLarge(used, limit)
    return source.isWellFormed() ? null : describeLoneSurrogate(source)
  }

  async #strip(process: StripProcess, { key, source }: Job): Promise<Worked<Transpiled>> {
    const answer = await strip(process, source)
    if (answer.type === 'stripped') {
      const result: Transpiled = { ok: true, code: answer.code }
      this.#cache.set(key, result)
      return { result, retireReason: null }
    }
    // Whatever the stripper refuses may have left it damaged: the next source gets a new process.
    if (answer.type === 'ended')
      return { result: failed(describeToolEnd(answer, this.#options, STRIPPER_WORDS)), retireReason: answer.detail }
    const failure = describeRejection(answer)
    const result: Transpiled = {
      ok: false,
      failure,
      ...(answer.rejection === 'unsupported' ? { needsCode: true } : {}),
    }
    if (answer.rejection !== 'broken') this.#cache.set(key, result)
    return { result, retireReason: `it refused a source (${answer.rejection})` }
  }
}
