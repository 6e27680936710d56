// Instances of classes that remember between requests, and streams.
import { describeAnswer, jsonExchange, stepOf } from '../load/exchange.ts'
import type { NextStep, Step } from '../load/exchange.ts'
import { judgeExecute } from './judge-execute.ts'

/** One instance for each client, called again and again. */
export function createInstanceSteps(first: number): NextStep {
  let total = 0
  return () => {
    total += 2
    return instanceStep(first, total)
  }
}

/** A new instance for each step, which stays. */
export function createIdleInstanceSteps(first: number): NextStep {
  let index = first
  return () => instanceStep(index++, 2)
}

function instanceStep(index: number, total: number): Step {
  const request = {
    execution_type: 'class',
    class_name: `Counter${index}`,
    class_code: `class Counter${index} { n = 0; add(by) { return this.n += by } }`,
    method_name: 'add',
    args: [2],
    instance_id: `bench-${index}`,
    create_new_instance: false,
    serialization_format: 'json',
  }
  return stepOf(jsonExchange('/execute', JSON.stringify(request), judgeExecute(String(total))))
}

const CHUNKS = 5

export function streamStep(index: number): Step {
  const name = `handle${index}`
  const code = `function* ${name}(count) { for (let at = 0; at < count; at++) yield { at, index: ${index} } }\n`
  const request = { function_name: name, function_code: code, args: [CHUNKS], serialization_format: 'json' }
  const timed = jsonExchange(
    '/execute',
    JSON.stringify(request),
    (answer) => {
      const lines = answer.body.toString('utf8').split('\n')
      const isWhole = lines[CHUNKS - 1] === `{"at":${CHUNKS - 1},"index":${index}}` && lines[CHUNKS] !== ''
      return answer.status === 200 && isWhole ? null : describeAnswer(answer)
    },
    { accept: 'application/x-ndjson' },
  )
  return { ...stepOf(timed), until: 'first chunk' }
}
