// A call of a deployed queue program at its endpoint, and its answer checked.
import { WrongAnswer } from '../support/execute-program.ts'
import type { HttpConnection } from '../support/http-connection.ts'
import type { Call } from '../support/load.ts'
import type { QueueProgram } from './queue-program.ts'

/** `kwargs`: the plain shape of the queue, whose names are fitted to parameters; `args`: by position, with the function's name. */
export type QueueShape = 'kwargs' | 'args'

export function queueCall(endpoint: string, program: QueueProgram, shape: QueueShape): Call {
  const { offset, expected } = program
  const positional = `{"function_name":"handle","args":[${offset}],"serialization_format":"json"}`
  return {
    path: `/v2/${endpoint}/runsync`,
    body: `{"input":${shape === 'kwargs' ? `{"offset":${offset}}` : positional}}`,
    check({ status, body }) {
      const answer = status === 200 ? (JSON.parse(body) as Readonly<Record<string, unknown>>) : {}
      const output = shape === 'kwargs' ? answer['output'] : resultOf(answer['output'])
      const isRight = answer['status'] === 'COMPLETED' && JSON.stringify(output) === expected
      if (!isRight) throw new WrongAnswer(`${endpoint}: ${status} ${body}, not ${expected}`)
    },
  }
}

/** Of the FunctionResponse that answers a FunctionRequest. */
function resultOf(output: unknown): unknown {
  return typeof output === 'object' && output !== null && 'json_result' in output ? output.json_result : undefined
}

/** Milliseconds until the answer; rejects when it is wrong. */
export async function timeCall(connection: HttpConnection, call: Call): Promise<number> {
  const sentAt = performance.now()
  const answer = await connection.post(call.path, call.body)
  const tookMs = performance.now() - sentAt
  call.check(answer)
  return tookMs
}
