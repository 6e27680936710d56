// Evaluates source that came with a request in the isolate of an instance: as a script, or as a module when it is none.
import type Ivm from 'isolated-vm'
import type { Failure } from '../errors.ts'
import { compileSource, isCompileError } from './compile.ts'
import type { Compiled } from './compile.ts'
import { evaluateModule, evaluateScript } from './evaluate.ts'
import type { LoadedSource } from './load-module.ts'
import type { Slot } from './slot.ts'

export interface SourceLoading {
  readonly source: LoadedSource
  readonly slot: Slot
  /** The class that will be asked for. */
  readonly name: string
  readonly timeoutMs: () => number
  /** Enters the isolate when it is this one's turn; resolves with what the entry rejected with, or null. */
  readonly inTurn: (begin: () => Promise<unknown>) => Promise<unknown>
  /** Resolves when the guest program has sent `OP.moduleReady`. */
  readonly ready: Promise<void>
}

/** Why a source is no program; nothing of it ran. */
export class NotCompiled {
  readonly failure: Failure

  constructor(failure: Failure) {
    this.failure = failure
  }
}

/** Resolves with null, with `NotCompiled`, or with what the top level threw as isolated-vm shows it. */
export async function loadSource(loading: SourceLoading): Promise<unknown> {
  const { source, slot, name, timeoutMs, inTurn } = loading
  const { code } = source
  const { fileName } = source.message
  const thrown = await inTurn(() => evaluateScript(code, fileName, slot, timeoutMs()))
  if (thrown === null || slot.isolate.isDisposed || !isCompileError(thrown)) return thrown
  let compiled: Compiled | undefined
  const stopped = await inTurn(async () => {
    compiled = await compileSource(slot.isolate, { code, fileName, name })
  })
  switch (compiled?.kind) {
    case undefined:
      return stopped
    case 'script':
      return thrown
    case 'failed':
      return new NotCompiled(compiled.failure)
    case 'module':
      return startAndWait(compiled.module, loading)
    default:
      return compiled satisfies never
  }
}

async function startAndWait(module: Ivm.Module, { slot, timeoutMs, inTurn, ready }: SourceLoading): Promise<unknown> {
  const thrown = await inTurn(() => evaluateModule(module, slot, timeoutMs))
  if (thrown === null) await ready
  return thrown
}
