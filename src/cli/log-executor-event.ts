// What becomes of executors, in the log.
import type { Logger } from 'pino'
import { SERVICE_STOPS } from '../pool/runner-event.ts'
import type { RunnerEvent } from '../pool/runner-event.ts'

/** What an executor said may be text of a guest from the moment on that it was ready, so that only debugging shows it. */
export function logExecutorEvent(log: Logger, event: RunnerEvent): void {
  const { pid } = event
  if (event.type === 'ready') log.info({ pid, confinement: event.confinement }, 'executor ready')
  else if (event.type === 'retired') {
    log.info({ pid, module: event.module, reason: event.reason }, 'an isolate of a module is retired')
  } else if (event.wasReady || event.reason === SERVICE_STOPS) {
    log.info({ pid, reason: event.reason }, 'executor ended')
    if (event.saidLast !== '') log.debug({ pid, saidLast: event.saidLast }, 'what the executor said last')
  } else log.error({ pid, reason: event.reason, saidLast: event.saidLast }, 'executor did not start')
}
