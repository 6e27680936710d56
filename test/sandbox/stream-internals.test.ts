// What groups of the guest program do with streams, where a program has replaced what it can get hold of.
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { createContext, Script } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleGuestProgram } from '../../sandbox/build.ts'
import { holdPiece } from '../../sandbox/src/web/streams/held-piece.ts'
import type { HeldPiece } from '../../sandbox/src/web/streams/held-piece.ts'
import * as internals from '../../sandbox/src/web/streams/internal.ts'

const SOURCES = join(import.meta.dirname, '..', '..', 'sandbox', 'src')
/** What a program can do to the classes and to every object. */
const SABOTAGE = `
  const sabotage = (target, name) => Object.defineProperty(target, name, { configurable: true, get() { asked.push(name); return undefined } })
  for (const [owner, names] of [
    [classes.ReadableStream.prototype, ['locked', 'getReader', 'tee', 'cancel', 'pipeTo', 'values']],
    [classes.ReadableStreamDefaultReader.prototype, ['read', 'cancel', 'closed', 'releaseLock']],
    [classes.ReadableByteStreamController.prototype, ['enqueue', 'close', 'byobRequest', 'error', 'desiredSize']],
    [classes.TransformStream.prototype, ['readable', 'writable']],
    [classes.TransformStreamDefaultController.prototype, ['enqueue', 'error', 'terminate']],
    [Object.prototype, ['pull', 'start', 'cancel', 'type', 'highWaterMark', 'done', 'transform', 'flush', 'size']],
  ]) for (const name of names) sabotage(owner, name)
  for (const name of Object.keys(classes)) classes[name] = undefined
  for (const name of ['Promise', 'TypeError', 'Uint8Array', 'ArrayBuffer', 'queueMicrotask']) globalThis[name] = undefined`

/** In the realm itself, since promises of one realm are strangers in another. */
const READ_ALL = `async (stream) => {
  const { next } = internals.readPieces(stream)
  const all = []
  for (let piece = await next(); !piece.done; piece = await next()) all[all.length] = piece.value
  return all
}`

/** The group as it lies in the snapshot, with what the guest program passes to it. */
async function writeGroup(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: ['intrinsics', 'web/host', 'web/platform-objects']
        .map((file) => `export * from './${file}.ts'`)
        .join('\n'),
      resolveDir: SOURCES,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'shared',
  })
  const { groups } = await bundleGuestProgram()
  const group = groups.find(({ filename }) => filename === 'worker-isolate:streams')?.load
  return `${outputFiles[0]?.text};const workerIsolateStreams = ${group};
    globalThis.internals = workerIsolateStreams(new Proxy({}, { get: (_, key) => shared[key.replace(/_\\d+$/, '')] }))
    globalThis.classes = { ...internals.createStreamGlobals() }`
}

let script: Script
beforeAll(async () => {
  script = new Script(await writeGroup())
})

describe('streams of the guest program itself', () => {
  let realm: { asked: readonly string[]; seen: unknown }
  const evaluate = (code: string): unknown => new Script(code).runInContext(realm)

  beforeEach(() => {
    realm = createContext({ asked: [], seen: undefined }) as typeof realm
    script.runInContext(realm)
  })

  it('are made and read by nothing that a program can replace', async () => {
    evaluate(
      `const view = (...bytes) => new bytesClass(bytes), bytesClass = Uint8Array; const left = [view(1), view(), view(2, 3)], { shift } = left`,
    )
    evaluate(SABOTAGE)
    evaluate(`
      const stream = internals.createByteStream({ async pull() { return { __proto__: null, bytes: left.shift() ?? null } }, cancel() {} })
      const before = [internals.isReadableStream(stream), internals.isLocked(stream), internals.isDisturbed(stream)]
      const reading = (${READ_ALL})(stream)
      const during = [internals.isLocked(stream), internals.isDisturbed(stream)]
      reading.then((all) => { seen = [before, during, all.map((piece) => [...piece])] })`)
    await turn()
    expect(realm.seen).toEqual([
      [true, false, false],
      [true, true],
      [[1], [2, 3]],
    ])
    expect(realm.asked).toEqual([])
  })

  it('of the program are read without asking its objects for then', async () => {
    evaluate(`
      const stream = new classes.ReadableStream({ start(c) { c.enqueue({ a: 1 }); c.close() } })
      Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { asked.push('then') } })
      const { next } = internals.readPieces(stream)
      next().then(({ value }) => { seen = value.a })`)
    await turn()
    expect([realm.seen, realm.asked]).toEqual([1, []])
  })

  it('are transformed by nothing that a program can replace', async () => {
    evaluate(SABOTAGE)
    evaluate(`
      const { readable, writable } = internals.createTransform({ transform() {}, flush({ enqueue }) { enqueue('end') } })
      seen = [internals.isReadableStream(readable), internals.isReadableStream(writable)]`)
    expect([realm.seen, realm.asked]).toEqual([[true, false], []])
  })
})

describe('a byte stream', () => {
  it('asks its source when it is read, and once at a time', async () => {
    const answers: ((piece: HeldPiece) => void)[] = []
    const stream = internals.createByteStream({
      pull: async () => new Promise((resolve) => answers.push(resolve)),
      cancel: () => undefined,
    })
    const { next } = internals.readPieces(stream)
    await turn()
    expect(answers).toHaveLength(0)
    const [first, second] = [next(), next()]
    await turn()
    expect(answers).toHaveLength(1)
    answers[0]?.(holdPiece(Uint8Array.of(1)))
    expect(await first).toMatchObject({ done: false, value: Uint8Array.of(1) })
    await turn()
    expect(answers).toHaveLength(2)
    answers[1]?.(holdPiece(null))
    expect(await second).toMatchObject({ done: true, value: undefined })
    expect(await next()).toMatchObject({ done: true })
  })

  it('fails as its source does, and tells it why nobody wants more', async () => {
    const reason = new Error('enough')
    const failing = internals.createByteStream({
      pull: async () => Promise.reject(reason),
      cancel: () => undefined,
    })
    const { next } = internals.readPieces(failing)
    await expect(next()).rejects.toBe(reason)
    await expect(next()).rejects.toBe(reason)
    let told: unknown
    const cancelled = internals.createByteStream({
      pull: async () => holdPiece(null),
      cancel: async (why) => {
        told = why
      },
    })
    await internals.readPieces(cancelled).cancel(reason)
    expect(told).toBe(reason)
  })

  it('ends for a reader that has brought its own buffer, and drops what comes after it was cancelled', async () => {
    let answer: (piece: HeldPiece) => void = () => undefined
    const create = (): ReadableStream =>
      internals.createByteStream({
        pull: async () => new Promise((resolve) => (answer = resolve)),
        cancel: () => undefined,
      }) as ReadableStream
    const reader = create().getReader({ mode: 'byob' })
    const reading = reader.read(new Uint8Array(2))
    await turn()
    answer(holdPiece(null))
    expect(await reading).toMatchObject({ done: true, value: new Uint8Array(0) })
    const { next, cancel } = internals.readPieces(create())
    const pending = next()
    await turn()
    await cancel('why')
    answer(holdPiece(Uint8Array.of(1)))
    expect(await pending).toMatchObject({ done: true })
  })

  it('gives both branches of a tee bytes of their own', async () => {
    const left = [Uint8Array.of(1, 2)]
    const stream = internals.createByteStream({
      pull: async () => holdPiece(left.shift() ?? null),
      cancel: () => undefined,
    })
    const branches = internals.tee(stream)
    const [one, other] = [internals.readPieces(branches[0]), internals.readPieces(branches[1])]
    const [first, second] = [(await one.next()).value, (await other.next()).value] as [Uint8Array, Uint8Array]
    first.fill(0)
    expect([...second]).toEqual([1, 2])
    expect([internals.isLocked(stream), internals.isDisturbed(stream)]).toEqual([true, true])
    expect(() => internals.readPieces(stream)).toThrow(TypeError)
  })

  it('is told from everything else', () => {
    const faked = Object.create(
      Object.getPrototypeOf(
        internals.createByteStream({ pull: async () => holdPiece(null), cancel: () => undefined }),
      ) as object,
    ) as object
    const values = [
      undefined,
      null,
      1,
      'stream',
      {},
      () => 1,
      new ReadableStream(),
      faked,
      { _readableStreamController: 1 },
      new Proxy({}, {}),
    ]
    expect(values.map(internals.isReadableStream)).toEqual(values.map(() => false))
  })
})
