// A worker of the platform's queue over a waist that a test scripts, with times that a test can wait for.
import type { Execute, ExecuteContext, Execution } from '../../src/execution/execute.ts'
import type { EncodedRequest } from '../../src/protocol/parse.ts'
import { readPlatformEnvironment } from '../../src/runpod/platform-environment.ts'
import type { PlatformTiming } from '../../src/runpod/platform-timing.ts'
import { PlatformWorker } from '../../src/runpod/platform-worker.ts'
import type { PlatformWorkerOptions } from '../../src/runpod/platform-worker.ts'
import { MockPlatform } from './mock-platform.ts'
import type { MockPlatformOptions } from './mock-platform.ts'

export const QUICK: PlatformTiming = {
  pollMs: 5_000,
  emptyTakeMs: 20,
  emptyStopMs: 20,
  throttledMs: 300,
  backOffMs: 20,
  backOffMaxMs: 100,
  postMs: 5_000,
  retryMs: [20, 40],
  readyMs: 5,
}

/** What code with this name does. */
export type Script = (context: ExecuteContext) => Promise<Execution> | Execution

export interface HarnessOptions {
  readonly scripts?: Readonly<Record<string, Script>>
  readonly platform?: MockPlatformOptions
  readonly timing?: Partial<PlatformTiming>
  readonly env?: Readonly<Record<string, string>>
  readonly worker?: Partial<PlatformWorkerOptions>
}

export interface LoggedLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export class PlatformHarness implements AsyncDisposable {
  readonly platform: MockPlatform
  readonly worker: PlatformWorker
  readonly lines: readonly LoggedLine[]
  readonly contexts: readonly ExecuteContext[]
  readonly defects: readonly unknown[]
  /** Bytes that are held now. */
  readonly held: () => number

  private constructor(parts: Omit<PlatformHarness, typeof Symbol.asyncDispose | 'job' | 'logged'>) {
    this.platform = parts.platform
    this.worker = parts.worker
    this.lines = parts.lines
    this.contexts = parts.contexts
    this.defects = parts.defects
    this.held = parts.held
  }

  static async start(options: HarnessOptions = {}): Promise<PlatformHarness> {
    const platform = await MockPlatform.start({ pollMs: 200, ...options.platform })
    const read = readPlatformEnvironment({ ...platform.env, ...options.env }, () => 'unnamed')
    if (!read.ok || read.config === null) throw new Error(JSON.stringify(read))
    const lines: LoggedLine[] = []
    const contexts: ExecuteContext[] = []
    const defects: unknown[] = []
    let heldBytes = 0
    const write =
      (level: string) =>
      (fields: Readonly<Record<string, unknown>>, message: string): void =>
        void lines.push({ level, fields, message })
    const execute: Execute = async (request, context) => {
      contexts.push(context)
      const name = (request as EncodedRequest).function_name ?? ''
      const script = options.scripts?.[name]
      return script === undefined ? returned('null') : script(context)
    }
    const worker = new PlatformWorker({
      config: read.config,
      version: '9.9.9',
      execute,
      tenant: 'default',
      inputBytes: 1_000_000,
      honorsRefresh: false,
      onDefect: (error) => void defects.push(error),
      findDeployment: () => null,
      concurrency: () => 1,
      ready: () => 'ready',
      reserve: (bytes) => {
        let own = bytes
        heldBytes += bytes
        const resize = (next: number): boolean => {
          heldBytes += next - own
          own = next
          return true
        }
        return { resize, release: () => void resize(0) }
      },
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      timing: { ...QUICK, ...options.timing },
      random: () => 0.5,
      ...options.worker,
    })
    worker.start()
    return new PlatformHarness({ platform, worker, lines, contexts, defects, held: () => heldBytes })
  }

  /** A job that runs the script of that name. */
  job(id: string, script = 'none', more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    return {
      id,
      input: { function_name: script, function_code: 'x', serialization_format: 'json' },
      ...more,
    }
  }

  logged(message: string): readonly LoggedLine[] {
    return this.lines.filter((line) => line.message.includes(message))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker[Symbol.asyncDispose]()
    await this.platform[Symbol.asyncDispose]()
  }
}

/** The execution of code that returned JSON. */
export function returned(json: string): Execution {
  const response = { success: true, result: null, jsonResult: json, error: null, stdout: '' }
  return { response, code: null, usage: { cpuMs: 1, wallMs: 2, phases: {} } }
}

/** One whose result went out chunk by chunk. */
export function streamed(chunks = 1): Execution {
  const { response, ...rest } = returned('null')
  return { ...rest, response: { ...response, jsonResult: null }, chunks }
}

/** Settles when the task is stopped, with what the waist says of that. */
export async function stopped({ signal }: ExecuteContext): Promise<Execution> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  const response = { success: false, result: null, jsonResult: null, error: 'CANCELLED: gone', stdout: '' }
  return { response, code: 'CANCELLED', usage: { cpuMs: 1, wallMs: 2, phases: {} } }
}
