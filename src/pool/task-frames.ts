// A task as the frames that an executor gets.
import type { Invocation, LiveSource } from '../core/invocation.ts'
import type { Task } from '../core/task.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { CallMessage, LoadMessage, RunMessage } from '../ipc/messages.ts'

/** @param tellsProgress whether somebody wants to hear what the code says of it. */
export function runFrame(
  { id, invocation, limits }: Task,
  { language, code }: LiveSource,
  tellsProgress: boolean,
): Buffer {
  const { name, input } = invocation
  const fileName = language === 'typescript' ? 'function.ts' : 'function.js'
  const { mayStream, isStreamAggregated } = invocation
  const message: RunMessage = {
    type: 'run',
    taskId: id,
    fileName,
    name,
    mayStream,
    isStreamAggregated,
    tellsProgress,
    format: input.format,
    limits,
  }
  return encodeFrame(message, [code, input.text, ...environmentOf(invocation)])
}

/** One part more for code that has variables. */
function environmentOf({ environment }: Invocation): readonly string[] {
  return environment === undefined ? [] : [environment]
}

/** By what name an executor knows the code that a task calls: a module's, or that of an instance, which has code of its own. */
export function codeKeyOf({ instance, invocation: { source } }: Task): string {
  return instance?.key ?? (source.mode === 'flash' ? source.module.hash : '')
}

/** @param cache what V8 made of the module before, in base64, or nothing. */
export function loadFrame(task: Task, cache: string): Buffer {
  const { instance, invocation, limits } = task
  const { source } = invocation
  const memory = instance === undefined ? {} : { memoryMb: limits.memoryMb }
  const base = { type: 'load', hash: codeKeyOf(task), ...memory } as const
  if (source.mode === 'flash') {
    const { kind, fileName, code } = source.module
    return encodeFrame({ ...base, kind, fileName } satisfies LoadMessage, [code, cache, ...environmentOf(invocation)])
  }
  const fileName = source.language === 'typescript' ? 'class.ts' : 'class.js'
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
    optional,
    format: input.format,
    limits,
  }
  return encodeFrame(message, [input.text])
}
