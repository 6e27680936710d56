// A task as the frames that an executor gets.
import type { FlashSource, LiveSource } from '../core/invocation.ts'
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
  return encodeFrame(message, [code, input.text])
}

/** @param cache what V8 made of the module before, in base64, or nothing. */
export function loadFrame({ module }: FlashSource, cache: string): Buffer {
  const { hash, kind, fileName, code } = module
  const message: LoadMessage = { type: 'load', hash, kind, fileName }
  return encodeFrame(message, [code, cache])
}

export function callFrame({ id, invocation, limits }: Task, { module }: FlashSource, tellsProgress: boolean): Buffer {
  const { name, method, needsAll = false, optional, mayStream, isStreamAggregated, input } = invocation
  const message: CallMessage = {
    type: 'call',
    taskId: id,
    hash: module.hash,
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
