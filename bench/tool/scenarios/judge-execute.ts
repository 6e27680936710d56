// Whether the answer to a function request is the right one.
import { describeAnswer } from '../load/exchange.ts'
import type { Answer } from '../load/exchange.ts'

/** @param expected the JSON of the result. */
export function judgeExecute(expected: string): (answer: Answer) => string | null {
  return (answer) => {
    if (answer.status !== 200) return describeAnswer(answer)
    const response = JSON.parse(answer.body.toString('utf8')) as Readonly<Record<string, unknown>>
    if (response['success'] !== true) return describeAnswer(answer)
    const result = JSON.stringify(response['json_result'])
    return result === expected ? null : `${result.slice(0, 100)} in place of ${expected.slice(0, 100)}`
  }
}
