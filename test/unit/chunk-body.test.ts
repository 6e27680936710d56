// The body of a streamed answer: what it holds, when it says that there is room, and how it ends.
import { describe, expect, test } from 'vitest'
import { BufferBudget } from '../../src/http/buffer-budget.ts'
import { ChunkBody } from '../../src/http/stream/chunk-body.ts'
import {
  askedStreamFormat,
  chooseStreamFormat,
  writeChunk,
  writeStreamEnd,
  writeStreamError,
} from '../../src/http/stream/stream-format.ts'

function createBody(bufferedBytes = 100, smallBytes = 0) {
  const budget = new BufferBudget({ bufferedBytes })
  const lease = budget.reserve(0)
  if (lease === null) throw new Error('no room for nothing')
  const told: string[] = []
  const body = new ChunkBody({ lease, smallBytes, onClose: () => told.push('closes') })
  void body.over.then(() => told.push('over'))
  const push = (text: string): void => {
    const taken = body.push(text)
    if (taken === null) told.push(`no room for ${text}`)
    else void taken.then(() => told.push(`${text} taken`))
  }
  return { budget, body, told, push, reader: body.stream.getReader() }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const textOf = ({ value }: { readonly value?: Uint8Array | undefined }): string => Buffer.from(value ?? []).toString()

describe('the body of a stream', () => {
  test('holds what nobody has asked for, and says so of each chunk when it is taken', async () => {
    const { budget, told, push, reader } = createBody()
    push('one')
    push('three')
    await turn()
    expect(told).toEqual([])
    expect(budget.usedBytes).toBe(8)
    expect(textOf(await reader.read())).toBe('one')
    await turn()
    expect(told).toEqual(['one taken'])
    expect(textOf(await reader.read())).toBe('three')
    await turn()
    expect(told).toEqual(['one taken', 'three taken'])
  })

  test('counts a chunk until its client asks for the next', async () => {
    const { budget, push, reader } = createBody()
    push('four')
    await reader.read()
    expect(budget.usedBytes).toBe(4)
    void reader.read()
    await turn()
    expect(budget.usedBytes).toBe(0)
  })

  test('hands a chunk on at once to a client that waits for it', async () => {
    const { told, push, reader } = createBody()
    const waiting = reader.read()
    await turn()
    push('now')
    expect(textOf(await waiting)).toBe('now')
    expect(told).toEqual(['now taken'])
  })

  test('ends behind its last chunk, and tells of it before the client knows', async () => {
    const { body, budget, told, push, reader } = createBody()
    push('last')
    body.end()
    expect(textOf(await reader.read())).toBe('last')
    expect(told).not.toContain('closes')
    expect((await reader.read()).done).toBe(true)
    await turn()
    expect(told).toEqual(['last taken', 'closes', 'over'])
    expect([budget.usedBytes, body.sentBytes]).toEqual([0, 4])
  })

  test('of a client that is gone gives everything back, and takes and closes nothing more', async () => {
    const { body, budget, told, push, reader } = createBody()
    push('one')
    await reader.cancel()
    push('two')
    body.end()
    await turn()
    expect(told.toSorted()).toEqual(['one taken', 'over', 'two taken'])
    expect([budget.usedBytes, body.sentBytes]).toEqual([0, 0])
  })

  test('of a client that went away while it waited takes and closes nothing more', async () => {
    const { body, told, reader } = createBody()
    void reader.read()
    await turn()
    await reader.cancel()
    body.end()
    await turn()
    expect(told).toEqual(['over'])
  })

  test('refuses a chunk that there is no room for, unless it is small', async () => {
    const { told, push } = createBody(10, 3)
    push('ten bytes!')
    push('four')
    push('one')
    expect(told).toEqual(['no room for four'])
  })
})

describe('the form of a stream', () => {
  test.for([
    [undefined, 'ndjson'],
    ['', 'ndjson'],
    ['*/*', 'ndjson'],
    ['application/x-ndjson', 'ndjson'],
    ['text/event-stream', 'sse'],
    ['Text/Event-Stream; charset=utf-8', 'sse'],
    ['application/json, text/event-stream;q=0.5', 'sse'],
    ['text/event-stream;q=0', 'ndjson'],
    ['text/event-stream; q=0.000, */*', 'ndjson'],
    ['text/event-streams', 'ndjson'],
  ] as const)('for the header %j is %s', ([accept, format]) => {
    expect(chooseStreamFormat(accept)).toBe(format)
  })

  test.for([
    [undefined, null],
    ['*/*', null],
    ['application/json', null],
    ['text/event-stream;q=0, application/json', null],
    ['application/x-ndjson', 'ndjson'],
    ['application/json;q=0.5, Application/X-NDJSON', 'ndjson'],
    ['application/x-ndjson, text/event-stream;q=0.1', 'sse'],
  ] as const)('is asked for by the header %j: %s', ([accept, format]) => {
    expect(askedStreamFormat(accept)).toBe(format)
  })

  test('of events keeps chunks and errors apart', () => {
    expect(writeChunk('sse', '{"a":1}')).toBe('data: {"a":1}\n\n')
    expect(writeStreamError('sse', '{"error":{}}')).toBe('event: error\ndata: {"error":{}}\n\n')
    expect(writeStreamEnd('sse', '{"success":true}')).toBe('event: end\ndata: {"success":true}\n\n')
  })

  test('of lines has one for each', () => {
    expect(writeChunk('ndjson', '{"a":1}') + writeStreamError('ndjson', '{"error":{}}')).toBe('{"a":1}\n{"error":{}}\n')
    expect(writeStreamEnd('ndjson', '{"success":true}')).toBe('{"end":{"success":true}}\n')
  })
})
