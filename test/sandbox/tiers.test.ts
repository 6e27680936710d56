// Snapshots in which more is made already: a program cannot tell them apart, and nothing of their making is in them.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KIND, OP, TIERS } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import type { RuntimeFiles } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot, Snapshots } from '../../src/executor/load-snapshot.ts'
import { FIND_LEADS, FINGERPRINT, MORE_ROOTS, WALK } from '../security/guest-programs.ts'
import { useWebGuests } from './web-guest.ts'

const { createGuest } = useWebGuests()
const LARGER = [...TIERS.keys()].slice(1)

/** What programs see of the globals before they use one, and when they have. */
const SEES = {
  everything: `${FINGERPRINT}; return run()`,
  descriptors: `
    return Reflect.ownKeys(globalThis).map((name) => {
      const { get, set, value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, name)
      return [String(name), typeof get, typeof set, typeof value, flags]
    })`,
  members: `
    const shapeOf = (name) => {
      const made = globalThis[name]
      const { get, value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, name)
      const members = [made, made.prototype].filter((one) => one !== undefined && one !== null)
      return [name, get === undefined, value === made, flags, made.name, made.length, members.map((one) => Reflect.ownKeys(one).map(String))]
    }
    const names = Reflect.ownKeys(globalThis).filter((name) => {
      const { get } = Object.getOwnPropertyDescriptor(globalThis, name)
      return get !== undefined && name !== '__proto__'
    })
    return names.map(shapeOf)`,
  results: `
    const url = new URL('../b c?x=1&y=%20#f', 'https://us:p@Ex.org:8080/a/b')
    url.searchParams.append('z', '\\u{1f600}')
    const headers = new Headers({ B: ' 1 ' }); headers.append('b', '2')
    const form = new FormData(); form.append('f', new Blob(['ab'])); form.set('t', 'v')
    const controller = new AbortController()
    const heard = []
    controller.signal.addEventListener('abort', (event) => heard.push(event.type, event.target === controller.signal))
    controller.abort()
    let failure = ''
    try { controller.signal.throwIfAborted() } catch (error) { failure = [error.name, error.code, error instanceof DOMException] }
    const cause = Object.create(Error.prototype)
    const clone = structuredClone({ e: new TypeError('t'), cause, m: new Map([[1, new Set([2])]]), u: new Uint8Array(3) })
    const long = 'x'.repeat(300)
    console.log(clone, [1, 2], 'text')
    return [
      url.href, [...url.searchParams], [...headers], [...form].map(([name, value]) => [name, typeof value]), heard, failure,
      clone.e.message, clone.e instanceof TypeError, clone.cause instanceof Error, [...clone.m.keys()],
      atob(btoa(long)) === long, [...new TextEncoder().encode('h\\u00e9')], new TextDecoder('utf-16le').decode(new Uint8Array([97, 0])),
      crypto.randomUUID().length, new File(['a'], 'n').name, typeof performance.now(), setTimeout(() => 0, 1), setInterval(() => 0, 9),
      await new Promise((resolve) => queueMicrotask(() => resolve('later'))), String(globalThis.console), new Event('e').type,
    ]`,
  hardening: `
    const attempt = (act) => { try { return String(act()) } catch (error) { return error.name + ': ' + error.message } }
    return [
      typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics, attempt(() => new ArrayBuffer(1, { maxByteLength: 2 })),
      attempt(() => new (new Uint8Array(1).buffer.constructor)(1, { maxByteLength: 2 })), Object.keys(globalThis),
      attempt(() => new FinalizationRegistry(() => 0).register({}, 1)), attempt(() => new Crypto()),
      attempt(() => new ((0, eval)('ArrayBuffer'))(1, { maxByteLength: 2 })),
    ]`,
  leads: `
    ${WALK} ${FIND_LEADS} ${MORE_ROOTS}
    for (const name of Reflect.ownKeys(globalThis)) void globalThis[name]
    return [walk([globalThis, ...moreRoots()]).size > 1000, findLeads([globalThis, ...moreRoots()])]`,
} as const

describe('a program', () => {
  it.each(Object.entries(SEES))('gets the same from every tier: %s', async (_name, body) => {
    using base = createGuest()
    const wanted = await base.run(body)
    await base.flush()
    for (const tier of LARGER) {
      using guest = createGuest({ tier })
      // oxlint-disable-next-line no-await-in-loop -- one isolate after the other
      expect(await guest.run(body)).toEqual(wanted)
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await guest.flush()).toBe(base.log)
    }
  })

  it.each([...TIERS.keys()])('finds the variables that it is given (tier %i)', async (tier) => {
    using guest = createGuest({ tier })
    await guest.enter(KIND.environment, '{"NAME":"value"}')
    expect(await guest.run('return { ...process.env }')).toEqual({ NAME: 'value' })
  })

  it('has none of what leads out, and less than the language has of memory that nothing counts', async () => {
    using guest = createGuest({ tier: 3 })
    expect(await guest.run(SEES.leads)).toEqual([true, []])
    const [wasm, shared, atomics, resizable] = (await guest.run(SEES.hardening)) as string[]
    expect([wasm, shared, atomics]).toEqual(['undefined', 'undefined', 'undefined'])
    expect(resizable).toMatch(/^RangeError/)
  })

  it('may have a global of its own in place of one that is made already', async () => {
    using guest = createGuest({ tier: 3 })
    expect(await guest.run(`URL = 1; globalThis.Headers = 2; return [URL, Headers, typeof URLSearchParams]`)).toEqual([
      1,
      2,
      'function',
    ])
  })
})

describe('the making of a snapshot leaves in no tier', () => {
  it.each([...TIERS.keys()])('bytes, a time, a text or a number (tier %i)', async (tier) => {
    const before = Date.now()
    using one = createGuest({ tier })
    using other = createGuest({ tier })
    const body = `
      console.count()
      return [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join(), performance.timeOrigin, setTimeout(() => 0, 1), performance.getEntries().length]`
    expect(one.asked).toEqual([])
    const [id, bytes, originMs, timer, entries] = (await one.run(body)) as [string, string, number, number, number]
    expect(one.asked.filter((op) => op === OP.entropy)).toEqual([])
    const [otherId, otherBytes] = (await other.run(body)) as string[]
    expect([id === otherId, bytes === otherBytes]).toEqual([false, false])
    expect(originMs).toBeGreaterThanOrEqual(before)
    expect([timer, entries]).toEqual([1, 0])
    expect(await one.flush()).toBe('default: 1\n')
  })
})

describe('what code has used', () => {
  it.each([
    ['0', 0],
    ['console.log(1)', 0],
    ['setTimeout(() => 0, 1)', 0],
    ['atob("")', 1],
    ['structuredClone(1)', 1],
    ['URL', 1],
    ['globalThis["U" + "RL"]', 1],
    ['console.log({})', 1],
    ['Headers', 2],
    ['new AbortController()', 1],
    ['new MessageChannel()', 1],
    ['new FormData(); URL', 2],
    ['URL = class {}; new URL()', 0],
  ])('%s is told as tier %i, whichever it runs in', async (code, wanted) => {
    for (const tier of TIERS.keys()) {
      using guest = createGuest({ tier })
      // oxlint-disable-next-line no-await-in-loop -- one isolate after the other
      await guest.evaluate(`function run() { ${code} }`)
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await guest.call()).toBe(wanted)
    }
  })
})

describe('a snapshot', () => {
  let files: RuntimeFiles
  let folder: string
  beforeAll(async () => {
    const runtime = await ensureRuntime()
    if (!runtime.ok) throw new Error(runtime.message)
    ;({ files } = runtime)
    folder = mkdtempSync(join(tmpdir(), 'worker-isolate-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Changed files by what is wrong with them. */
  function changed(path: string): Readonly<Record<string, Buffer>> {
    const whole = readFileSync(path)
    const lineEnd = whole.indexOf('\n')
    const flipped = Buffer.from(whole)
    const last = flipped.length - 1_000
    flipped.writeUInt8(flipped.readUInt8(last) ^ 1, last)
    const withHeader = (change: object): Buffer => {
      const header = JSON.parse(whole.toString('latin1', 0, lineEnd)) as object
      return Buffer.concat([Buffer.from(JSON.stringify({ ...header, ...change })), whole.subarray(lineEnd)])
    }
    return {
      'checksum is': flipped,
      'checksum is [0-9a-f]+, not': whole.subarray(0, -4),
      'v8 is 1.2.3': withHeader({ v8: '1.2.3' }),
      'arch is other': withHeader({ arch: 'other' }),
      'tier is other': withHeader({ tier: 'other' }),
      'does not begin with a line of JSON': Buffer.from('no'),
    }
  }

  it('that is damaged, or made for another V8, is refused at the start', () => {
    for (const [says, content] of Object.entries(changed(files.snapshotPath))) {
      const path = join(folder, 'base')
      writeFileSync(path, content)
      expect(() => loadSnapshot(path)).toThrow(new RegExp(says))
    }
  })

  it('of a larger tier that does not fit is told of once, and a smaller one does its work', () => {
    const [web = '', next = ''] = files.tierPaths
    const contents = {
      ...changed(web),
      'from other sources': replaced(web, /"source":"[0-9a-f]+"/, '"source":"other"'),
      'at another time': replaced(web, /"hashSeed":"\d+"/, '"hashSeed":"1"'),
      'tier is fetch, not web': readFileSync(next),
    }
    for (const [says, content] of Object.entries(contents)) {
      const path = join(folder, 'web')
      writeFileSync(path, content)
      const problems: string[] = []
      const snapshots = new Snapshots(files.snapshotPath, [openSync(path, 'r'), openSync(next, 'r')], (problem) =>
        problems.push(problem),
      )
      expect(snapshots.get(1)).toBe(snapshots.get(0))
      expect(snapshots.get(1)).toBe(snapshots.get(0))
      expect(problems).toEqual([expect.stringMatching(new RegExp(says))])
      expect(snapshots.get(2)).not.toBe(snapshots.get(0))
      expect(problems).toHaveLength(1)
    }
  })

  it('is read when it is first asked for, from a file that is open, and the file is closed then', () => {
    const [web = ''] = files.tierPaths
    const file = openSync(web, 'r')
    const snapshots = new Snapshots(files.snapshotPath, [file], () => undefined)
    const blob = snapshots.get(1)
    expect(() => closeSync(file)).toThrow('EBADF')
    expect(snapshots.get(1)).toBe(blob)
    expect(blob).not.toBe(snapshots.get(0))
  })

  function replaced(path: string, part: RegExp, by: string): Buffer {
    const text = readFileSync(path, 'latin1')
    expect(text).toMatch(part)
    return Buffer.from(text.replace(part, by), 'latin1')
  }
})
