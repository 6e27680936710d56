// Calls of the warm artifact, and what their answers have to be.
import { WrongAnswer } from '../support/execute-program.ts'
import type { Call } from '../support/load.ts'

/** Every call has other numbers, so that no answer fits another call. */
export function createCalls(make: (x: number, y: number) => Call): () => Call {
  let index = 0
  return () => make(++index, index % 1_000)
}

export function routeCall(x: number, y: number): Call {
  const expected = `{"sum":${x + y}}`
  return {
    path: '/sum',
    body: `{"x":${x},"y":${y}}`,
    check({ status, body }) {
      if (status !== 200 || body !== expected) throw new WrongAnswer(`/sum: ${status} ${body}, not ${expected}`)
    },
  }
}

export function executeCall(x: number, y: number): Call {
  const expected = `{"success":true,"result":null,"json_result":${x + y},"error":null,"stdout":"","instance_id":null,"instance_info":null}`
  return {
    path: '/execute',
    body: `{"function_name":"add","args":[${x},${y}],"serialization_format":"json"}`,
    check({ status, body }) {
      if (status !== 200 || body !== expected) throw new WrongAnswer(`/execute: ${status} ${body}, not ${expected}`)
    },
  }
}
