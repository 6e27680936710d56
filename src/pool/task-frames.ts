// A task as the frames that an executor gets.
import { sourceFileName } from '../core/invocation.ts'
import type { Invocation, LiveSource } from '../core/invocation.ts'
import { bundleFileName } from '../core/source-bundler.ts'
import { cordonOf } from '../core/task.ts'
import type { Task } from '../core/task.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { CallMessage, LoadMessage, RunMessage } from '../ipc/messages.ts'
import type { Assignments } from './assignment.ts'
import type { CodeCaches } from './code-caches.ts'

/** A smaller bundle compiles as fast as its cache is taken over. */
const MIN_CACHED_CHARACTERS = 16 * 1024

/** By what name executors know the code of a bundle that is worth a code cache; null for one that is not. */
function cachedBundle({ invocation: { source } }: Task): string | null {
  if (source.mode !== 'live' || source.bundle?.kind !== 'script') return null
  return source.code.length >= MIN_CACHED_CHARACTERS ? source.bundle.hash : null
}

/** As an executor has sent it, or nothing. */
export function cacheOf(task: Task, caches: CodeCaches): string {
  const hash = cachedBundle(task)
  return hash === null ? '' : caches.get(cordonOf(task), hash)
}

/** Whether one of the tasks runs that bundle. */
export function runsBundle(assignments: Assignments, hash: string): boolean {
  return assignments.values().some(({ task }) => task.instance === undefined && cachedBundle(task) === hash)
}

/**
 * @param tellsProgress whether somebody wants to hear what the code says of it.
 * @param cache what V8 made of a bundle before, as an executor has sent it, or nothing.
 */
export function runFrame(
  task: Task,
  { language, code, bundle }: LiveSource,
  tellsProgress: boolean,
  cache: string,
): Buffer {
  const { id, invocation, limits } = task
  const { name, input } = invocation
  const fileName = bundle === undefined ? sourceFileName({ language }, false) : bundleFileName(bundle)
  const { mayStream, isStreamAggregated } = invocation
  const message: RunMessage = {
    type: 'run',
    taskId: id,
    fileName,
    ...(bundle === undefined ? {} : { bundle: { kind: bundle.kind, hash: cachedBundle(task) } }),
    name,
    mayStream,
    isStreamAggregated,
    tellsProgress,
    isDetailed: task.isDetailed === true,
    format: input.format,
    limits,
  }
  const environment = environmentOf(invocation)
  const isPlain = bundle === undefined && environment.length === 0
  return encodeFrame(message, isPlain ? [code, input.text] : [code, input.text, cache, ...environment])
}

/** One part more for code that has variables. */
function environmentOf({ environment }: Invocation): readonly string[] {
  return environment === undefined ? [] : [environment]
}

/** By what name an executor knows the code that a task calls: a module's, or that of an instance, which has code of its own. */
export function codeKeyOf({ instance, invocation: { source } }: Task): string {
  return instance?.key ?? (source.mode === 'flash' ? source.module.hash : '')
}

/** @param cache what V8 made of the module before, as an executor has sent it, or nothing. */
export function loadFrame(task: Task, cache: string): Buffer {
  const { instance, invocation, limits } = task
  const { source } = invocation
  const memory = instance === undefined ? {} : { memoryMb: limits.memoryMb }
  const base = { type: 'load', hash: codeKeyOf(task), ...memory } as const
  if (source.mode === 'flash') {
    const { kind, fileName, code } = source.module
    return encodeFrame({ ...base, kind, fileName } satisfies LoadMessage, [code, cache, ...environmentOf(invocation)])
  }
  if (source.bundle !== undefined) {
    const { kind } = source.bundle
    return encodeFrame(
      { ...base, kind, fileName: bundleFileName(source.bundle), isSubmitted: true } satisfies LoadMessage,
      [source.code, '', ...environmentOf(invocation)],
    )
  }
  const fileName = sourceFileName(source, true)
  return encodeFrame({ ...base, kind: 'source', fileName } satisfies LoadMessage, [
    source.code,
    '',
    ...environmentOf(invocation),
  ])
}

export function callFrame(task: Task, tellsProgress: boolean): Buffer {
  const { id, instance, invocation, limits } = task
  const { name, method, needsAll = false, optional, mayStream, isStreamAggregated, input } = invocation
  const message: CallMessage = {
    type: 'call',
    taskId: id,
    hash: codeKeyOf(task),
    ...(instance === undefined ? {} : { isInstance: true }),
    name,
    method,
    needsAll,
    mayStream,
    isStreamAggregated,
    tellsProgress,
    isDetailed: task.isDetailed === true,
    optional,
    format: input.format,
    limits,
  }
  return encodeFrame(message, [input.text])
}
