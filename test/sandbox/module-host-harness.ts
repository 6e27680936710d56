// The modules of a deployment in isolates of the test's own process: what a test calls, and what the host of the modules says.
import type { Tier } from '../../sandbox/src/bridge.ts'
import { ModuleHost } from '../../src/executor/module-host.ts'
import type { ModuleHostOptions } from '../../src/executor/module-host.ts'
import { createSlot } from '../../src/executor/slot.ts'
import type { SlotOptions } from '../../src/executor/slot.ts'
import type { Settled } from '../../src/executor/task-run-options.ts'
import { WARMTH } from '../../src/executor/warm-isolates.ts'
import type { Warmth } from '../../src/executor/warm-isolates.ts'
import type { CallMessage, RemoteAnswerMessage, RemoteCallMessage } from '../../src/ipc/messages.ts'
import { openSnapshots } from '../support/open-snapshots.ts'

export const LIMITS = {
  wallMs: 5_000,
  cpuMs: 2_000,
  memoryMb: 64,
  inputBytes: 10_000,
  outputBytes: 10_000,
  logBytes: 10_000,
}

/** Limits under which only the one that the code is of is broken, also on a machine that has other things to do. */
export function limitsFor(code: string): Partial<CallMessage['limits']> {
  return code === 'LIMIT_WALL' ? { wallMs: 300 } : { wallMs: 20_000, cpuMs: 300 }
}

/** What another resource answers to a call, if it does. */
type AnswerRemote = (name: string, argumentsText: string) => [shape: RemoteAnswerMessage['shape'], text: string] | null

export type CreateHost = ReturnType<typeof hostMaker>

/** Builds the snapshot if need be. */
export async function prepareHosts(tier: Tier = 0): Promise<CreateHost> {
  const snapshots = await openSnapshots()
  const snapshot = snapshots.get(tier)
  return hostMaker({ memoryMb: 64, logBytes: 10_000, snapshot, tier, guestWasm: false, onCatastrophe: () => undefined })
}

export interface Asked {
  readonly hash?: string
  readonly limits?: Partial<CallMessage['limits']>
  readonly id?: string
  /** Chunks and progress are taken by themselves; otherwise by `host.pull` and `host.progressTaken`. */
  readonly takes?: boolean
  /** What else the message of the call says. */
  readonly message?: Partial<CallMessage>
}

/** The text of a script as the bundler leaves it. */
export const script = (body: string, exported: string): string =>
  `var workerIsolateModule = (() => { ${body}; return { ${exported} } })()`

function hostMaker(slotOptions: SlotOptions) {
  /** Code by the name of its module. `kind` is `module` for code with an export clause. */
  return function createHost(
    codes: Readonly<Record<string, string>>,
    caches: Readonly<Record<string, string>> = {},
    warmth: Warmth = WARMTH,
    answers: AnswerRemote = () => null,
    hostOptions: Partial<ModuleHostOptions> = {},
  ) {
    const remotes: (RemoteCallMessage & { argumentsText: string })[] = []
    const chunks: [taskId: string, chunk: unknown][] = []
    const progress: [taskId: string, value: unknown][] = []
    const takers = new Set<string>()
    const events: string[] = []
    const made = { isolates: 0 }
    const keptCaches = new Map<string, string>()
    const settled = new Map<string, Settled>()
    const waiting = new Map<string, (settled: Settled) => void>()
    const host = new ModuleHost({
      memoryMb: 64,
      mayEnterNow: true,
      warmth,
      takeIsolate: () => {
        made.isolates++
        return createSlot(slotOptions)
      },
      onUsed: () => undefined,
      onSettled: (taskId, one) => {
        settled.set(taskId, one)
        waiting.get(taskId)?.(one)
      },
      onChunk: (taskId, chunk) => {
        chunks.push([taskId, JSON.parse(chunk)])
        if (takers.has(taskId)) setImmediate(() => host.pull(taskId, 1))
      },
      onProgress: (taskId, value) => {
        progress.push([taskId, JSON.parse(value)])
        if (takers.has(taskId)) setImmediate(() => host.progressTaken(taskId))
      },
      onExchange: () => undefined,
      ...hostOptions,
      onFree: () => events.push('free'),
      onZombie: () => events.push('zombie'),
      onCache: (hash, cache) => keptCaches.set(hash, cache),
      onRetired: (hash, reason) => events.push(`${hash} retired: ${reason}`),
      onRemote: (message, argumentsText) => {
        remotes.push({ ...message, argumentsText })
        const answer = answers(message.name, argumentsText)
        if (answer !== null) {
          const { taskId, requestId } = message
          setImmediate(() =>
            host.answerRemote({ type: 'remoteAnswer', taskId, requestId, shape: answer[0] }, answer[1]),
          )
        }
      },
    })
    for (const [hash, code] of Object.entries(codes)) {
      const kind = code.includes('export ') ? 'module' : 'script'
      host.load({ type: 'load', hash, kind, fileName: `${hash}.js` }, [code, caches[hash] ?? ''])
    }
    let last = 0
    const call = async (name: string, args: readonly unknown[] = [], asked: Asked = {}): Promise<Settled> => {
      const { hash = 'm', limits = {}, id: taskId = `task-${++last}`, takes = true, message: more = {} } = asked
      if (takes) takers.add(taskId)
      const answered = new Promise<Settled>((resolve) => waiting.set(taskId, resolve))
      const message: CallMessage = {
        type: 'call',
        taskId,
        hash,
        name,
        method: undefined,
        needsAll: false,
        mayStream: true,
        tellsProgress: true,
        format: 'json',
        limits: { ...LIMITS, ...limits },
        ...more,
      }
      host.call(message, JSON.stringify({ args, kwargs: {} }))
      return answered
    }
    const chunksOf = (taskId: string): unknown[] => chunks.filter(([id]) => id === taskId).map(([, chunk]) => chunk)
    const progressOf = (taskId: string): unknown[] => progress.filter(([id]) => id === taskId).map(([, value]) => value)
    return { host, call, remotes, events, made, caches: keptCaches, settled, chunks, chunksOf, progressOf }
  }
}

export const valueOf = ({ value, failure }: Settled): unknown =>
  value === null ? failure?.code : (JSON.parse(value) as unknown)
