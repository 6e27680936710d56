// Groups of the guest program that are compiled at their first use: behind the guest, and still out of its reach.
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bundleGuestProgram } from '../../sandbox/build.ts'
import { bundleLazyGroups, LAZY_GROUPS, readSharedExports, stubLazyGroups } from '../../sandbox/lazy-groups.ts'
import { KIND, OP } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { createSlot, disposeSlot } from '../../src/executor/slot.ts'
import type { Slot, SlotOptions } from '../../src/executor/slot.ts'
import { ARM, POISON, SHOW, SUBJECTS } from './console-poison.ts'

const SOURCES = join(import.meta.dirname, '..', '..', 'sandbox', 'src')
const TIMEOUT_MS = 20_000
const HEADER = '{"name":"run","format":"cloudpickle","outputBytes":10000}'
/** `pickle.dumps({'a': [1, (2, b'x')]}, 5)` and `pickle.dumps(7, 5)`. */
const PICKLES = ['gAWVFgAAAAAAAAB9lIwBYZRdlChLAUsCQwF4lIaUZXMu', 'gAVLBy4=']
const RUN = 'var run = (value, number) => [value, number, 1n, undefined]'

let slotOptions: SlotOptions
beforeAll(async () => {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const snapshot = loadSnapshot(runtime.files.snapshotPath)
  slotOptions = { memoryMb: 128, logBytes: 1e6, snapshot, guestWasm: false, onCatastrophe: () => undefined }
})

/** An isolate from the snapshot, and what it tells the host. */
class Guest {
  readonly #slot: Slot
  readonly said: [op: number, payload: string][] = []

  constructor(options: Partial<SlotOptions> = {}) {
    this.#slot = createSlot({ ...slotOptions, ...options })
    this.#slot.onSend = (op, _id, payload) => {
      this.said.push([op, payload])
      return ''
    }
    guests.push(this)
  }

  async evaluate(code: string): Promise<unknown> {
    return this.#slot.context.eval(code, { timeout: TIMEOUT_MS, copy: true })
  }

  async call(): Promise<void> {
    const input = JSON.stringify({ args: PICKLES, kwargs: {} })
    await this.#slot.enter(KIND.call, 0, `${HEADER}\n${input}`, TIMEOUT_MS)
  }

  get log(): string {
    return this.said.flatMap(([op, payload]) => (op === OP.log ? [payload] : [])).join('')
  }

  dispose(): void {
    disposeSlot(this.#slot, true)
  }
}

const guests: Guest[] = []
afterEach(() => {
  for (const guest of guests.splice(0)) guest.dispose()
})

describe('the bundle of the guest program', () => {
  it('holds nothing of a group but a call into it', async () => {
    const { program: guestProgram, texts } = await bundleGuestProgram()
    const codeOf = (filename: string): string => texts.find((text) => text.endsWith(`=${filename}`)) ?? ''
    for (const [filename, text] of [
      ['worker-isolate:console', 'matching cause stack trace'],
      ['worker-isolate:pickle', 'defaultdict'],
    ] as const) {
      expect(codeOf(filename)).toContain(text)
      expect(guestProgram).not.toContain(text)
    }
    for (const { global, filename } of LAZY_GROUPS) {
      expect(guestProgram).toContain(global)
      expect(codeOf(filename)).toMatch(/^\(function/)
    }
    const [state, streams] = ['_readableStreamController', codeOf('worker-isolate:streams')]
    for (const text of [guestProgram, ...texts]) expect(text.includes(state)).toBe(text === streams)
  })

  it('loads a group once, for a question that needs it, and answers others without', async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export * from './web/streams/internal.ts'`, resolveDir: SOURCES, loader: 'js' },
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'stubs',
      plugins: [stubLazyGroups(await bundleLazyGroups(await readSharedExports(), { bundle: true, format: 'iife' }))],
    })
    const code = `
      let loads = 0
      globalThis.workerIsolateStreams = () => ({ loads: ++loads, isReadableStream: () => 'asked', isLocked: (stream) => stream })
      ${outputFiles[0]?.text}
      ;[stubs.isReadableStream(1), loads, stubs.isLocked(2), stubs.isLocked(3), stubs.isReadableStream(1), loads].join()`
    expect(runInNewContext(code)).toBe('false,0,2,3,asked,1')
  })
})

describe('when the guest has replaced every built-in before a group is compiled', () => {
  it('the console asks none of the replacements and prints the same', async () => {
    const [clean, poisoned] = [new Guest(), new Guest()]
    await clean.evaluate(`${RUN};${SUBJECTS};${SHOW};0`)
    await clean.call()
    expect(await poisoned.evaluate(`${RUN};${SUBJECTS};${POISON};${ARM};${SHOW};disarm()`)).toBe('')
    await poisoned.call()
    expect(poisoned.log).toBe(clean.log)
    expect(clean.log.length).toBeGreaterThan(3_000)
  })

  it.each([false, true])('pickles are read and written the same (compiled ahead: %s)', async (expectsPickles) => {
    const [clean, poisoned] = [new Guest(), new Guest({ expectsPickles })]
    await clean.evaluate(`${RUN};0`)
    await clean.call()
    expect(clean.said.map(([op]) => op)).toEqual([OP.result])
    await poisoned.evaluate(`${RUN};${SUBJECTS};${POISON};${ARM};0`)
    await poisoned.call()
    expect(await poisoned.evaluate('disarm()')).toBe('')
    expect(poisoned.said).toEqual(clean.said)
  })
})
