// Hostile use of ports, and of streams that are transferred, in real executor processes.
import { describe, expect, it } from 'vitest'
import { useAttackedService } from './attacked-service.ts'
import type { Attack } from './attacked-service.ts'

const LIMITS = { cpuMs: 300, wallMs: 30_000, memoryMb: 32 }
/** Enough processor time to meet the limit of memory first, on a machine where that takes longer than elsewhere. */
const PATIENT = { ...LIMITS, cpuMs: 8_000 }
const BRIEF = { ...LIMITS, wallMs: 400 }

const { attack, execute } = useAttackedService(1)

const MOVE = 'const move = (stream) => structuredClone(stream, { transfer: [stream] })'

const ATTACKS: readonly Attack[] = [
  {
    title: 'never returns from a listener',
    body: 'const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { for (;;); }; port2.postMessage(0); await new Promise(() => {})',
    code: 'LIMIT_CPU',
  },
  {
    title: 'transfers a port without end',
    body: 'let { port1 } = new MessageChannel(); for (;;) port1 = structuredClone(port1, { transfer: [port1] })',
    code: 'LIMIT_CPU',
  },
  {
    title: 'sends each port through the one before it',
    body: 'let { port1, port2 } = new MessageChannel(); globalThis.first = port1; for (;;) { const next = new MessageChannel(); port2.postMessage(next.port1, [next.port1]); port2 = next.port2 }',
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'fills a port that nobody has started',
    body: 'const { port1, port2 } = new MessageChannel(); globalThis.kept = port1; for (;;) port2.postMessage([1])',
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'posts from a getter of what is posted',
    body: 'const { port1, port2 } = new MessageChannel(); const o = { get a() { return port2.postMessage(o) } }; port2.postMessage(o)',
    code: 'GUEST_THREW',
    limits: PATIENT,
  },
  {
    title: 'closes and transfers in getters of what is transferred',
    body: 'for (;;) { const { port1, port2 } = new MessageChannel(); try { port2.postMessage({ get a() { structuredClone(port1, { transfer: [port1] }); port2.close() } }, [port1]) } catch {} }',
    code: 'LIMIT_CPU',
  },
  {
    title: 'reads a transferred stream without end',
    body: `${MOVE}; for await (const x of move(new ReadableStream({ pull(c) { c.enqueue(1) } })));`,
    code: 'LIMIT_CPU',
  },
  {
    title: 'transfers a stream without end',
    body: `${MOVE}; let stream = new ReadableStream({ pull(c) { c.enqueue(1) } }); for (;;) stream = move(stream)`,
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'writes more into a transferred stream than its sink takes',
    body: `${MOVE}; const w = move(new WritableStream({ write: () => new Promise(() => {}) })).getWriter(); for (;;) w.write([1])`,
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'waits for a transferred stream that gives nothing',
    body: `${MOVE}; await move(new ReadableStream()).getReader().read()`,
    code: 'LIMIT_WALL',
    limits: BRIEF,
  },
  {
    title: 'has a then on every object that does not return, and transfers a stream',
    body: `${MOVE}; const stream = move(new ReadableStream({ start(c) { c.enqueue({}) } })); Object.prototype.then = function () { for (;;); }; await stream.getReader().read()`,
    code: 'LIMIT_CPU',
  },
]

describe('a guest that', () => {
  attack(
    ATTACKS,
    LIMITS,
    `const run = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = ({ data }) => done(data); port2.postMessage(2) })`,
  )

  it('keeps buffers in a port gets a RangeError that it can catch', async () => {
    const source = `function run() {
      const { port1, port2 } = new MessageChannel()
      port1.start()
      try { for (;;) port2.postMessage(new Uint8Array(1e6)) } catch (error) { return error.name }
    }`
    const answer = await execute({ source, limits: PATIENT })
    expect(answer.value, answer.error).toBe('RangeError')
  })

  it('has put other functions in the places of those of ports, events and streams has its messages and chunks all the same', async () => {
    const source = `async function run() {
      const { port1, port2 } = new MessageChannel()
      const postMessage = port2.postMessage.bind(port2)
      const { structuredClone, MessageEvent, ReadableStream } = globalThis
      const stream = ReadableStream.from([1, 2])
      const heard = new Promise((done) => { port1.onmessage = (event) => { const { data } = event; done(data) } })
      const no = () => { throw new Error('never') }
      for (const name of ['postMessage', 'start', 'close']) MessagePort.prototype[name] = no
      for (const name of ['addEventListener', 'dispatchEvent', 'removeEventListener']) EventTarget.prototype[name] = no
      for (const one of [MessageEvent, MessagePort, MessageChannel]) Object.setPrototypeOf(one, () => 0)
      for (const name of ['MessageEvent', 'MessagePort', 'MessageChannel', 'EventTarget', 'Event', 'setTimeout', 'structuredClone']) globalThis[name] = no
      postMessage(7)
      const moved = structuredClone(stream, { transfer: [stream] })
      const reader = moved.getReader()
      return [await heard, (await reader.read()).value, (await reader.read()).value, (await reader.read()).done]
    }`
    const answer = await execute({ source, limits: PATIENT })
    expect(answer.value, answer.error).toEqual([7, 1, 2, true])
  })
})
