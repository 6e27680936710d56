// What an answer says of its cost: who asks for it gets it, for every kind of isolate.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactOf, DeployedService } from '../support/deployed-service.ts'

interface Usage {
  readonly cpuMs: number
  readonly wallMs: number
  readonly isolate?: string
  readonly codeCache?: string
  readonly heapBytes?: number
  readonly phases: Readonly<Record<string, number>>
}

interface Answer {
  readonly success: boolean
  readonly usage?: Usage
}

const FILLER = `// ${'x'.repeat(20_000)}\nexport const filler = ${JSON.stringify('y'.repeat(20_000))}`
const MODULES = {
  m: `${FILLER}\nexport const add = (x, y) => x + y
    export const nap = (ms) => new Promise((done) => setTimeout(done, ms))`,
}
const FUNCTIONS = ['add', 'nap'].map((name) => ({ name, module: 'm' }))

describe('usage', () => {
  let deployed: DeployedService
  beforeAll(async () => {
    deployed = await DeployedService.start(artifactOf(MODULES, FUNCTIONS), { EXECUTORS_PER_DEPLOYMENT: '1' })
  })
  afterAll(async () => {
    await deployed[Symbol.asyncDispose]()
  })

  async function execute(request: object): Promise<Answer> {
    const response = await fetch(`${deployed.service.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ serialization_format: 'json', ...request }),
    })
    return (await response.json()) as Answer
  }

  async function usageOf(request: object): Promise<Usage> {
    const { success, usage } = await execute({ ...request, usage: true })
    expect(success).toBe(true)
    if (usage === undefined) throw new Error('no usage')
    return usage
  }

  test('is in an answer that asks for it, and in no other', async () => {
    const request = { function_name: 'f', function_code: 'const f = () => 1' }
    expect(Object.keys(await execute(request))).not.toContain('usage')
    expect(Object.keys(await execute({ ...request, usage: false }))).not.toContain('usage')
    const { cpuMs, wallMs, isolate, heapBytes, phases } = await usageOf(request)
    expect(cpuMs).toBeGreaterThan(0)
    expect(wallMs).toBeGreaterThan(0)
    expect(['virgin', 'cold']).toContain(isolate)
    expect(heapBytes).toBeGreaterThan(500_000)
    expect(Object.keys(phases)).toEqual([
      'queueMs',
      'executorMs',
      'isolateMs',
      'evaluateMs',
      'decodeMs',
      'callMs',
      'encodeMs',
      'returnMs',
    ])
  })

  test('has phases that add up to the time in the executor', async () => {
    const code = 'const f = async () => { await new Promise((done) => setTimeout(done, 60)) }'
    const { wallMs, phases } = await usageOf({ function_name: 'f', function_code: code })
    const { isolateMs = 0, evaluateMs = 0, decodeMs = 0, callMs = 0, encodeMs = 0 } = phases
    expect(callMs).toBeGreaterThan(50)
    expect(Math.abs(wallMs - isolateMs - evaluateMs - decodeMs - callMs - encodeMs)).toBeLessThan(2)
  })

  test('tells an isolate that was made for a module from one that was there, and whether V8 took its code cache', async () => {
    const first = await usageOf({ function_name: 'add', args: [1, 2] })
    expect(first).toMatchObject({ isolate: expect.stringMatching(/^(?:virgin|cold|warm)$/u) })
    const second = await usageOf({ function_name: 'add', args: [1, 2] })
    expect(second.isolate).toBe('warm')
    expect(second.codeCache).toBeUndefined()
    expect(second.phases['evaluateMs']).toBeUndefined()
    expect(second.heapBytes).toBeGreaterThan(500_000)
  })

  test('knows the isolate of an instance again', async () => {
    const request = {
      execution_type: 'class',
      class_name: 'C',
      class_code: 'class C { n = 0; hit() { return ++this.n } }',
      method_name: 'hit',
      instance_id: 'u1',
      create_new_instance: false,
    }
    expect(['virgin', 'cold']).toContain((await usageOf(request)).isolate)
    expect((await usageOf(request)).isolate).toBe('instance')
  })

  test('of a stopped task says how far it came', async () => {
    const request = { function_name: 'f', function_code: 'const f = () => { for (;;); }', limits: { cpuMs: 60 } }
    const { success, usage } = await execute({ ...request, usage: true })
    expect(success).toBe(false)
    expect(usage?.phases['callMs']).toBeGreaterThan(40)
    expect(usage?.phases['encodeMs']).toBeUndefined()
  })

  test('cannot be told by the code itself, nor can it make the host listen', async () => {
    const code = `Object.prototype.isDetailed = true
      Object.defineProperty(Object.prototype, 'usage', { value: { cpuMs: -1 } })
      const f = () => ({ usage: 1 })`
    const { success, usage } = await execute({ function_name: 'f', function_code: code })
    expect(success).toBe(true)
    expect(usage).toBeUndefined()
  })
})
