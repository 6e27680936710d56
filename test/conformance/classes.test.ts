// The class requests of upstream's own tests (protocol.md §8), their sources in JavaScript, through the queue.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProcess } from '../support/service-process.ts'

const TEST_CLASS = `class TestClass {
  constructor(value) { this.value = value; this.call_count = 0; this.call_history = [] }
  get_value() { return 'Value is: ' + this.value }
  multiply(factor) { return this.value * factor }
  get_state() { return { current_value: this.value, call_count: this.call_count, call_history: this.call_history } }
  increment() { this.call_count += 1; return this.call_count }
  async later() { return this.increment() }
  fail() { throw new Error('broken') }
}`
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/u

interface Output {
  readonly success: boolean
  readonly json_result: unknown
  readonly instance_id: string | null
  readonly instance_info: Readonly<Record<string, unknown>> | null
}

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

async function run(fields: object): Promise<{ status: string; error?: string; output: Output }> {
  const input = {
    execution_type: 'class',
    class_name: 'TestClass',
    class_code: TEST_CLASS,
    serialization_format: 'json',
    ...fields,
  }
  const { text } = await service.client.send('POST', '/runsync', JSON.stringify({ input }))
  return JSON.parse(text) as { status: string; error?: string; output: Output }
}

describe('the inputs of the worker', () => {
  test('test_class_input: a method without arguments, and an id that is made up', async () => {
    const { status, output } = await run({ constructor_args: ['hello'], method_name: 'get_value' })
    expect([status, output.json_result]).toEqual(['COMPLETED', 'Value is: hello'])
    expect(output.instance_id).toMatch(/^TestClass_[0-9a-f]{8}$/u)
    expect(Object.keys(output)).toEqual(['success', 'result', 'json_result', 'stdout', 'instance_id', 'instance_info'])
    expect(Object.keys(output.instance_info ?? {})).toEqual(['class_name', 'created_at', 'method_calls', 'last_used'])
    expect(output.instance_info).toMatchObject({ class_name: 'TestClass', method_calls: 1 })
    expect(output.instance_info?.['created_at']).toMatch(TIME)
    expect(output.instance_info?.['last_used']).toMatch(TIME)
  })

  test('test_class_custom_method: a method with an argument', async () => {
    const { output } = await run({ constructor_args: [10.5], method_name: 'multiply', args: [5] })
    expect(output.json_result).toBe(52.5)
  })

  test('test_class_persistence: the id of the request comes back', async () => {
    const { output } = await run({ constructor_args: [5], method_name: 'get_state', instance_id: 'persistent_1' })
    expect(output).toMatchObject({
      json_result: { current_value: 5, call_count: 0, call_history: [] },
      instance_id: 'persistent_1',
    })
  })
})

describe('what upstream means and its worker does not do', () => {
  test('the second request finds the instance of the first, and method_calls is 2', async () => {
    const first = await run({ constructor_args: [1], method_name: 'increment' })
    const id = first.output.instance_id
    const second = await run({ method_name: 'later', instance_id: id, create_new_instance: false })
    expect(second.output).toMatchObject({ json_result: 2, instance_id: id, instance_info: { method_calls: 2 } })
    expect(second.output.instance_info?.['created_at']).toBe(first.output.instance_info?.['created_at'])
    const times = [first, second].map(({ output }) => String(output.instance_info?.['last_used']))
    expect(times.toSorted()).toEqual(times)
  })

  test('an id that never was is made', async () => {
    const fields = { constructor_args: [1], method_name: 'increment', instance_id: 'never', create_new_instance: false }
    expect((await run(fields)).output).toMatchObject({ json_result: 1, instance_id: 'never' })
    expect((await run(fields)).output).toMatchObject({ json_result: 2 })
  })

  test('a failed call is not counted', async () => {
    const fields = { constructor_args: [1], instance_id: 'counted', create_new_instance: false }
    await run({ ...fields, method_name: 'increment' })
    expect(await run({ ...fields, method_name: 'fail' })).toMatchObject({ status: 'FAILED' })
    expect((await run({ ...fields, method_name: 'increment' })).output.instance_info).toMatchObject({ method_calls: 2 })
  })
})

describe('texts', () => {
  test('of a method that is not there', async () => {
    const { status, error } = await run({ method_name: 'missing' })
    expect([status, error]).toEqual(['FAILED', "Method 'missing' not found in class 'TestClass'"])
  })

  test('of a class that is not there', async () => {
    const { status, error } = await run({ class_name: 'Other' })
    expect([status, error]).toEqual(['FAILED', "Class 'Other' not found in the provided code"])
  })

  test('of a request without the name of a class', async () => {
    const { error } = await run({ class_name: null })
    expect(error).toContain('class_name is required when execution_type is "class"')
  })
})
