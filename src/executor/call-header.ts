// What the guest program is told of a call: what the front has asked for, without what is the host's alone.
import type { CallHeader } from '../../sandbox/src/bridge.ts'
import type { CallMessage, RunMessage } from '../ipc/messages.ts'

/** The first line of the payload of a call. */
export function writeCallHeader(message: RunMessage | CallMessage): string {
  const { name, format, limits, mayStream = false, isStreamAggregated = false, tellsProgress = false } = message
  const header: CallHeader = {
    name,
    format,
    outputBytes: limits.outputBytes,
    mayStream,
    isStreamAggregated,
    tellsProgress,
    isDetailed: message.isDetailed === true,
  }
  if (message.type === 'run') {
    return JSON.stringify(message.bundle?.kind === 'script' ? { ...header, isBundle: true } : header)
  }
  const { method, needsAll, optional } = message
  return JSON.stringify({
    ...header,
    logBytes: limits.logBytes,
    needsAll,
    ...(method === undefined ? {} : { method }),
    ...(optional === undefined ? {} : { optional }),
  } satisfies CallHeader)
}
