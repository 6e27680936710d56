// The global through which deployed code calls functions of other resources, in isolates of this process: what the guest
// program and the executor make of it. Who answers is the test.
import { beforeAll, describe, expect, test } from 'vitest'
import { REMOTE_PENDING_MAX } from '../../src/core/remote-call.ts'
import { WARMTH } from '../../src/executor/warm-isolates.ts'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHostAnswering: CreateHost
beforeAll(async () => {
  createHostAnswering = await prepareHosts()
})

const ASK = script(
  `const ask = (name, args) => workerIsolateRemote(name, args)
   const askAll = (names) => Promise.all(names.map((name) => workerIsolateRemote(name)))
   const tryAsk = async (name, args) => {
     try { return { value: await workerIsolateRemote(name, args) } }
     catch (error) { return { name: error.name, message: error.message, code: error.code ?? null } }
   }
   const askMany = async (count) => {
     const all = await Promise.allSettled(Array.from({ length: count }, (_, i) => workerIsolateRemote('f', { i })))
     return all.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.code)
   }
   const askAndGo = () => { workerIsolateRemote('never'); return 'gone' }
   const printAfter = async (name) => { await workerIsolateRemote(name); console.log(name); return name }
   const cyclic = async () => { const a = {}; a.a = a; return tryAsk('f', a) }
   const long = (bytes) => tryAsk('f', { text: 'x'.repeat(bytes) })`,
  'ask, askAll, tryAsk, askMany, askAndGo, printAfter, cyclic, long',
)

type Codes = Parameters<CreateHost>[0]
type Answers = Parameters<CreateHost>[3]
const createHost = (codes: Codes, answers?: Answers): ReturnType<CreateHost> =>
  createHostAnswering(codes, {}, WARMTH, answers)

const answerWithName = (name: string): ['plain', string] => ['plain', JSON.stringify(name)]

describe('an answer', () => {
  test('of a route is the JSON of its body, and the arguments go out as an object', async () => {
    const { call, remotes } = createHost({ m: ASK }, () => ['plain', '{"sum":3}'])
    expect(valueOf(await call('ask', ['add', { a: 1, b: 2 }]))).toEqual({ sum: 3 })
    expect(remotes).toMatchObject([{ name: 'add', argumentsText: '{"a":1,"b":2}' }])
  })

  test('of a job is its output, and null when it has none', async () => {
    const { call } = createHost({ m: ASK }, (name) => ['job', name === 'f' ? '{"output":[1]}' : '{"id":"1"}'])
    expect(valueOf(await call('ask', ['f']))).toEqual([1])
    expect(valueOf(await call('ask', ['g']))).toBeNull()
  })

  test('that is a failure rejects with an error that has the code', async () => {
    const { call } = createHost({ m: ASK }, () => ['failure', '["EGRESS_DENIED","No such host."]'])
    expect(valueOf(await call('tryAsk', ['f']))).toEqual({
      name: 'Error',
      message: 'No such host.',
      code: 'EGRESS_DENIED',
    })
  })

  test('goes to the call that asked, whichever is answered first', async () => {
    const { call, host, remotes } = createHost({ m: ASK })
    const first = call('printAfter', ['one'])
    const second = call('printAfter', ['two'])
    await expect.poll(() => remotes.length).toBe(2)
    for (const { taskId, requestId, name } of remotes.toReversed()) {
      host.answerRemote({ type: 'remoteAnswer', taskId, requestId, shape: 'plain' }, JSON.stringify(name))
    }
    expect(await first).toMatchObject({ value: '"one"', log: 'one\n' })
    expect(await second).toMatchObject({ value: '"two"', log: 'two\n' })
  })

  test('to a number that nobody waits for, or that comes a second time, is nothing', async () => {
    const { call, host, remotes } = createHost({ m: ASK })
    const running = call('askAll', [['a', 'b']])
    await expect.poll(() => remotes.length).toBe(2)
    const [{ taskId, requestId }] = remotes as [(typeof remotes)[0]]
    const answer = (id: number, text: string): void =>
      host.answerRemote({ type: 'remoteAnswer', taskId, requestId: id, shape: 'plain' }, text)
    answer(99, '"lost"')
    answer(requestId, '"once"')
    answer(requestId, '"twice"')
    answer(requestId + 1, '"b"')
    expect(valueOf(await running)).toEqual(['once', 'b'])
  })

  test('for a call that has ended comes too late and harms nothing', async () => {
    const { call, host, remotes } = createHost({ m: ASK })
    expect(valueOf(await call('askAndGo'))).toBe('gone')
    const [{ taskId, requestId }] = remotes as [(typeof remotes)[0]]
    host.answerRemote({ type: 'remoteAnswer', taskId, requestId, shape: 'plain' }, '1')
    expect(valueOf(await call('askAndGo'))).toBe('gone')
  })
})

describe('a bound', () => {
  test('is how many calls may be in progress: one more is refused, and the others go on', async () => {
    const { call, host, remotes } = createHost({ m: ASK })
    const running = call('askMany', [REMOTE_PENDING_MAX + 2])
    await expect.poll(() => remotes.length).toBe(REMOTE_PENDING_MAX)
    for (const { taskId, requestId } of remotes) {
      host.answerRemote({ type: 'remoteAnswer', taskId, requestId, shape: 'plain' }, '1')
    }
    expect(valueOf(await running)).toEqual(['LIMIT_EGRESS', 'LIMIT_EGRESS'])
    expect(remotes).toHaveLength(REMOTE_PENDING_MAX)
  })

  test('is how large the arguments may be', async () => {
    const { call, remotes } = createHost({ m: ASK }, answerWithName)
    expect(valueOf(await call('long', [20_000]))).toMatchObject({ code: 'LIMIT_EGRESS' })
    expect(valueOf(await call('long', [2_000_000]))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('1048576'),
    })
    expect(remotes).toEqual([])
  })

  test('is the wall time of the call, which ends the wait', async () => {
    const { call } = createHost({ m: ASK })
    expect(valueOf(await call('ask', ['f'], { limits: { wallMs: 100 } }))).toBe('LIMIT_WALL')
  })
})

describe('what cannot be asked', () => {
  test.each([
    ['no name', [], 'the name must be a string'],
    ['a name of two lines', ['a\nb'], 'one line'],
    ['a list of arguments', ['f', [1]], 'one object'],
    ['a text', ['f', 'x'], 'one object'],
  ])('%s is a TypeError', async (_, args, message) => {
    const { call, remotes } = createHost({ m: ASK }, answerWithName)
    const value = valueOf(await call('tryAsk', args)) as { name: string; message: string }
    expect(value.name).toBe('TypeError')
    expect(value.message).toContain(message)
    expect(remotes).toEqual([])
  })

  test('a cycle is named as one', async () => {
    const { call } = createHost({ m: ASK }, answerWithName)
    expect(valueOf(await call('cyclic'))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('cycl') })
  })

  test('nothing can be asked while the module is loaded', async () => {
    const { call, remotes } = createHost({
      m: script(
        'workerIsolateRemote("f").catch(e => { globalThis.said = e.message }); const said = () => globalThis.said',
        'said',
      ),
    })
    expect(valueOf(await call('said'))).toContain('while the module is loaded')
    expect(remotes).toEqual([])
  })
})

describe('the global', () => {
  test('is there only for code that names it', async () => {
    const { call } = createHost({
      m: script(
        'const look = () => Object.keys(globalThis).length + typeof globalThis["workerIsolate" + "Remote"]',
        'look',
      ),
    })
    expect(valueOf(await call('look'))).toMatch(/undefined$/u)
  })
})
