// Isolates from the snapshot, in the test's own process, for tests of the web globals: what a guest evaluates to, and prints.
import { beforeAll } from 'vitest'
import { KIND, OP } from '../../sandbox/src/bridge.ts'
import type { Snapshots } from '../../src/executor/load-snapshot.ts'
import { NativeLane } from '../../src/executor/native/native-lane.ts'
import { isNativeOp } from '../../src/executor/native/native-work.ts'
import { createSlot, disposeSlot } from '../../src/executor/slot.ts'
import type { Slot, SlotOptions } from '../../src/executor/slot.ts'
import { openSnapshots } from '../support/open-snapshots.ts'

const TIMEOUT_MS = 60_000

export class WebGuest implements Disposable {
  readonly #slot: Slot
  /** The ops of the host that it has asked for. */
  readonly asked: number[] = []
  log = ''

  constructor(options: SlotOptions) {
    this.#slot = createSlot(options)
    const native = new NativeLane({
      isOver: () => this.#slot.isolate.isDisposed,
      onBegin: () => undefined,
      onAnswer: (kind, answer) => void this.enter(kind, answer).catch(() => undefined),
      onDone: () => undefined,
    })
    this.#slot.onSend = (op, _id, payload) => {
      this.asked.push(op)
      if (isNativeOp(op)) return native.ask(op, payload)
      if (op === OP.log) this.log += payload
      return ''
    }
  }

  async enter(kind: number, payload: string): Promise<unknown> {
    return this.#slot.enter(kind, 0, payload, TIMEOUT_MS)
  }

  /** What a script evaluates to, which must be a primitive. */
  async evaluate(code: string): Promise<unknown> {
    return this.#slot.context.eval(code, { timeout: TIMEOUT_MS, copy: true })
  }

  /** What the body of a function returns, through JSON; what it throws is thrown as `name: message`. */
  async run(body: string): Promise<unknown> {
    const code = `(async () => { ${body} })().then((value) => JSON.stringify([value]), (error) => String(error))`
    const text = (await this.#slot.context.eval(code, { timeout: TIMEOUT_MS, copy: true, promise: true })) as string
    if (!text.startsWith('[')) throw new Error(text)
    return (JSON.parse(text) as unknown[])[0]
  }

  /** The tier of what its code has used, told at the end of a call of the function `run`. */
  async call(): Promise<number> {
    const header = JSON.stringify({ name: 'run', format: 'json', outputBytes: 1e6 })
    await this.#slot.enter(KIND.call, 0, `${header}\n{"args":[],"kwargs":{}}`, TIMEOUT_MS)
    return this.#slot.usedTier
  }

  /** Lets it print what it still holds. */
  async flush(): Promise<string> {
    await this.#slot.enter(KIND.timer, 0, '', TIMEOUT_MS)
    return this.log
  }

  [Symbol.dispose](): void {
    disposeSlot(this.#slot, true)
  }
}

export interface WebGuests {
  readonly createGuest: (more?: Partial<SlotOptions>) => WebGuest
  /** In an isolate of its own. */
  readonly run: (body: string) => Promise<unknown>
}

/** For a file of tests, whose first test waits for the snapshot. */
export function useWebGuests(): WebGuests {
  let options: SlotOptions
  let snapshots: Snapshots
  beforeAll(async () => {
    snapshots = await openSnapshots()
    const snapshot = snapshots.get(0)
    options = { memoryMb: 128, logBytes: 1e6, snapshot, guestWasm: false, onCatastrophe: () => undefined }
  })
  const createGuest = (more: Partial<SlotOptions> = {}): WebGuest => {
    const snapshot = snapshots.get(more.tier ?? 0)
    return new WebGuest({ ...options, snapshot, ...more })
  }
  const run = async (body: string): Promise<unknown> => {
    using guest = createGuest()
    return await guest.run(body)
  }
  return { createGuest, run }
}
