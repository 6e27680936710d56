// Modules to bundles through one tool process at a time, which serves one root and no failure twice.
import { realpath } from 'node:fs/promises'
import type { RemoteSource } from '../core/deployment.ts'
import type { Failure } from '../errors.ts'
import { BUNDLER_STOPPED, BUNDLER_UNAVAILABLE } from './bundle-failure.ts'
import { describeBundlerEnd, describeProblems, describeTooMuch } from './bundle-failure.ts'
import type { BundleLimits } from './bundle-failure.ts'
import { bundle, ESBUILD_FOLDER, startBundleProcess } from './bundle-process.ts'
import type { BundleProcess } from './bundle-process.ts'
import { isReachableToAll } from './reachable-to-all.ts'

export interface BundleRequest {
  /** The folder that nothing is taken from outside of. */
  readonly root: string
  /** Relative to `root`, with `/` between the segments. */
  readonly file: string
  /** Names that the bundle is to export even when the module only declares them. */
  readonly exports: readonly string[]
  /** Sources under `root` whose functions are called and not bundled; none unless they are given. */
  readonly remotes?: readonly RemoteSource[]
  readonly wantsMap?: boolean
}

export type BundleOutcome =
  | {
      readonly ok: true
      readonly code: string
      readonly kind: 'script' | 'module'
      /** The source map as JSON, when it was asked for. */
      readonly map: string | null
    }
  | { readonly ok: false; readonly failure: Failure }

export interface ModuleBundlerOptions extends Partial<BundleLimits> {
  /** Folders outside the roots from which packages may come too. */
  readonly packageFolders?: readonly string[]
  /**
   * User and group of the tool process; for services that run as root. Ignored for a root that this user does not get
   * to, such as one in a folder of mode 0700: then the process keeps the service's user.
   */
  readonly uid?: number | undefined
  /** How long a process without work is kept. */
  readonly idleMs?: number
  /** Another program in place of the tool; for tests. */
  readonly entryPath?: string
}

const DEFAULTS = {
  inputBytes: 16 * 1024 * 1024,
  outputBytes: 16 * 1024 * 1024,
  deadlineMs: 20_000,
  residentMb: 1_024,
  idleMs: 5_000,
  packageFolders: [] as readonly string[],
}

/** What can be declared: a reserved word in the added clause would make all of it void. */
const DECLARABLE =
  /^(?!(?:await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$)[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

const failed = (failure: Failure): BundleOutcome => ({ ok: false, failure })

export class ModuleBundler implements AsyncDisposable {
  readonly #options: typeof DEFAULTS & ModuleBundlerOptions
  #current: { readonly root: string; readonly process: BundleProcess } | null = null
  #work: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #idleTimer: NodeJS.Timeout | undefined
  #isDisposed = false

  constructor(options: ModuleBundlerOptions = {}) {
    this.#options = { ...DEFAULTS, ...options }
  }

  /** The process at work, or undefined when there is none. */
  get pid(): number | undefined {
    return this.#current?.process.pid
  }

  /** Settles with a bundle or a failure whatever the files do to the tool; never rejects. One after the other. */
  async bundle(request: BundleRequest): Promise<BundleOutcome> {
    clearTimeout(this.#idleTimer)
    this.#waiting += 1
    const outcome = this.#work.then(async () => await this.#bundle(request))
    this.#work = outcome
    const result = await outcome
    this.#waiting -= 1
    if (this.#waiting === 0 && !this.#isDisposed) {
      this.#idleTimer = setTimeout(() => void this.#retire('it had no work'), this.#options.idleMs)
      this.#idleTimer.unref()
    }
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    await this.#retire('the bundler is disposed')
    await this.#work
  }

  async #bundle({ root, file, exports, remotes = [], wantsMap = false }: BundleRequest): Promise<BundleOutcome> {
    const process = await this.#processFor(root)
    if (process === null) return failed(this.#isDisposed ? BUNDLER_STOPPED : BUNDLER_UNAVAILABLE)
    const { inputBytes, outputBytes } = this.#options
    // Written into the source, so that nothing but names may get there.
    const names = exports.filter((name) => DECLARABLE.test(name))
    const answer = await bundle(process, { file, exports: names, remotes, wantsMap, inputBytes, outputBytes })
    if (answer.type === 'bundled') return { ok: true, code: answer.code, kind: answer.kind, map: answer.map }
    // Whatever made the bundler refuse may have left it damaged: the next module gets a new process.
    await this.#retire(answer.type)
    switch (answer.type) {
      case 'rejected':
        return failed(describeProblems(answer.problems))
      case 'too-large':
        return failed(describeTooMuch(answer, file, this.#options))
      case 'ended':
        return failed(describeBundlerEnd(answer, file, this.#options))
      default:
        return answer satisfies never
    }
  }

  /** The root's process, or null when none can be started. Ends the process of every other root first. */
  async #processFor(root: string): Promise<BundleProcess | null> {
    if (this.#current?.root === root && this.#current.process.end === null) return this.#current.process
    await this.#retire('another one takes its place')
    try {
      const folders = await Promise.all([root, ...this.#options.packageFolders].map((folder) => realpath(folder)))
      const needed = await Promise.all([...folders, await realpath(ESBUILD_FOLDER)].map(isReachableToAll))
      const uid = needed.every(Boolean) ? this.#options.uid : undefined
      if (this.#isDisposed) return null
      const process = startBundleProcess({ ...this.#options, uid, folders })
      this.#current = { root, process }
      return (await process.whenReady) ? process : null
    } catch {
      return null
    }
  }

  async #retire(reason: string): Promise<void> {
    const current = this.#current
    this.#current = null
    await current?.process.kill(reason)
  }
}
