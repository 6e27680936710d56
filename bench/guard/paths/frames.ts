// The frames of one call: written and read on the way to the executor, written, read and checked on the way back.
import { encodeFrame, FrameReader } from '../../../src/ipc/frame.ts'
import { parseFromExecutor } from '../../../src/ipc/messages.ts'
import { LIMITS } from '../executor-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'
import { hostWork } from '../yardsticks/host-work.ts'

const FRAME_BYTES = 1_000_000
export const taskId = 'c0ffee00-0000-4000-8000-000000000000'
const INPUT = JSON.stringify({ args: [1, 'the quick brown fox'], kwargs: { text: 'x'.repeat(400) } })
const VALUE = JSON.stringify({ value: 8, text: 'é'.repeat(300) })

const asked = {
  type: 'call',
  taskId,
  hash: 'f'.repeat(64),
  name: 'handle',
  needsAll: true,
  format: 'json',
  limits: LIMITS,
}
export const settled = {
  type: 'settled',
  taskId,
  ok: true,
  isFree: true,
  ran: true,
  failure: null,
  cpuMs: 0.412_734,
  wallMs: 0.438_122,
  phases: { isolateMs: 0.012_874, evaluateMs: 0.301_211, callMs: 0.101_998 },
}

export async function prepareFrames(): Promise<PreparedPath> {
  const toExecutor = new FrameReader(() => FRAME_BYTES)
  const fromExecutor = new FrameReader(() => FRAME_BYTES)
  const call = (): void => {
    const [request] = toExecutor.push(encodeFrame(asked, [INPUT]))
    if (request?.parts[0] !== INPUT) throw new Error('the frame of a call did not arrive as it was')
    const [answer] = fromExecutor.push(encodeFrame(settled, ['', VALUE]))
    if (answer?.parts[1] !== VALUE) throw new Error('the frame of an answer did not arrive as it was')
    parseFromExecutor(answer)
  }
  return { call, yardstick: hostWork, callsPerBatch: 400, yardsticksPerBatch: 300 }
}
