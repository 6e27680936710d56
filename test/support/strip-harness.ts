// A transpiler with real tool processes, and a record of what happened to them.
import { fileURLToPath } from 'node:url'
import type { Transpiled } from '../../src/core/transpiler.ts'
import { StripTranspiler } from '../../src/tool-client/strip-transpiler.ts'
import type { StripTranspilerOptions } from '../../src/tool-client/strip-transpiler.ts'
import type { ToolEvent } from '../../src/tool-client/tenant-tool.ts'

export const FAULTY_TOOL = fileURLToPath(new URL('../fixtures/strip/faulty-tool.ts', import.meta.url))

/** Doubles in time with every level: no machine finishes it. */
export const SLOW_SOURCE = `let x = ${'<A>('.repeat(40)}1${')'.repeat(40)}`

const NEVER = new AbortController().signal

export interface StripHarness extends AsyncDisposable {
  readonly events: readonly ToolEvent[]
  /** Of every process that got ready, in order. */
  readonly pids: () => readonly number[]
  readonly strip: (source: string, tenant?: string, signal?: AbortSignal) => Promise<Transpiled>
}

export function createStripHarness(options: StripTranspilerOptions = {}): StripHarness {
  const events: ToolEvent[] = []
  const transpiler = new StripTranspiler({
    ...options,
    observe: (event) => {
      events.push(event)
      options.observe?.(event)
    },
  })
  return {
    events,
    pids: () => events.flatMap((event) => (event.type === 'started' ? [event.pid] : [])),
    strip: (source, tenant = 'tenant', signal = NEVER) => transpiler.transpile(source, { tenant, signal }),
    [Symbol.asyncDispose]: () => transpiler[Symbol.asyncDispose](),
  }
}

/** The failure, or the code under a code of its own, so that one matcher serves both. */
export function failureOf(result: Transpiled): { readonly code: string; readonly message: string } {
  return result.ok ? { code: 'OK', message: result.code } : result.failure
}
