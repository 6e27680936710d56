// A call of a deployed function whose isolate is warm: a frame in, the executor, a frame out.
import ivm from 'isolated-vm'
import { ExecutorHarness, LIMITS } from '../executor-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'
import { installEntered } from '../yardsticks/guest-work.ts'
import { hostWork } from '../yardsticks/host-work.ts'

const HASH = 'guarded'
const INPUT = '{"args":[3,4],"kwargs":{}}'
const CODE = `var workerIsolateModule = (() => {
  async function sum(x, y) { return { sum: x + y } }
  return { sum }
})()`

export async function prepareWarmCall(): Promise<PreparedPath> {
  const executor = await ExecutorHarness.start()
  executor.tell({ type: 'load', hash: HASH, kind: 'script', fileName: 'guarded.js' }, [CODE, ''])
  let calls = 0
  const call = async (): Promise<void> => {
    const answer = await executor.ask(
      {
        type: 'call',
        taskId: `call-${++calls}`,
        hash: HASH,
        name: 'sum',
        method: undefined,
        needsAll: true,
        format: 'json',
        limits: LIMITS,
      },
      [INPUT],
    )
    if (answer !== '{"sum":7}') throw new Error(`the call answered ${answer}`)
  }
  return { call, yardstick: prepareYardstick(), callsPerBatch: 100, yardsticksPerBatch: 110 }
}

function prepareYardstick(): () => Promise<void> {
  const context = new ivm.Isolate({ memoryLimit: LIMITS.memoryMb }).createContextSync()
  installEntered(context)
  const entry = context.global.getSync('enterYardstick', { reference: true })
  let heard = 0
  const answer = new ivm.Callback((text: string) => {
    heard += text.length
  })
  const late = (): void => {
    throw new Error('unreachable: the yardstick is quick')
  }
  return async () => {
    const timers = [setTimeout(late, LIMITS.wallMs), setTimeout(late, LIMITS.wallMs)]
    hostWork()
    entry.applySync(undefined, [INPUT, answer], { timeout: LIMITS.cpuMs })
    await new Promise((resolve) => setImmediate(resolve))
    for (const timer of timers) clearTimeout(timer)
  }
}
