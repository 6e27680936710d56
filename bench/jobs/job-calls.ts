// The calls of the job API that are measured, and their answers checked.
import { WrongAnswer } from '../support/execute-program.ts'
import { HttpConnection } from '../support/http-connection.ts'
import type { Call } from '../support/load.ts'

const CODE = 'function add(a, b) { return a + b }'

function request(x: number, y: number): string {
  return `{"function_name":"add","function_code":${JSON.stringify(CODE)},"args":[${x},${y}],"serialization_format":"json"}`
}

/** Each call has other numbers, so that no answer fits another call. */
function counted(make: (x: number, y: number) => Call): () => Call {
  let index = 0
  return () => make(++index, index % 1_000)
}

/** The id of each job that was taken in goes to `onId`. */
export function acceptCalls(onId: (id: string) => void = () => undefined): () => Call {
  return counted((x, y) => ({
    path: '/run',
    body: `{"input":${request(x, y)}}`,
    check({ status, body }) {
      const id = /^\{"id":"([\w-]+-u1)","status":"IN_QUEUE"\}$/u.exec(body)?.[1]
      if (status !== 200 || id === undefined) throw new WrongAnswer(`/run: ${status} ${body}`)
      onId(id)
    },
  }))
}

/** What Hono parses and writes has the size of what a job is. */
export function echoCalls(): () => Call {
  return counted((x, y) => {
    const sent = `{"input":${request(x, y)}}`
    return {
      path: '/echo',
      body: sent,
      check({ status, body }) {
        if (status !== 200 || body !== sent) throw new WrongAnswer(`/echo: ${status} ${body}`)
      },
    }
  })
}

export function runsyncCalls(): () => Call {
  return counted((x, y) => ({
    path: '/runsync',
    body: `{"input":${request(x, y)}}`,
    check({ status, body }) {
      const isRight = body.includes('"status":"COMPLETED"') && body.includes(`"json_result":${x + y},`)
      if (status !== 200 || !isRight) throw new WrongAnswer(`/runsync: ${status} ${body}, not ${x + y}`)
    },
  }))
}

export function executeCalls(): () => Call {
  return counted((x, y) => ({
    path: '/execute',
    body: request(x, y),
    check({ status, body }) {
      if (status !== 200 || !body.includes(`"json_result":${x + y},`))
        throw new WrongAnswer(`/execute: ${status} ${body}, not ${x + y}`)
    },
  }))
}

/** Of one finished job after the other. */
export function statusCalls(ids: readonly string[], expected: string): () => Call {
  let index = 0
  return () => {
    // A prime, so that neighbours in time are not neighbours in the store.
    index = (index + 7_919) % ids.length
    const id = ids[index] ?? ''
    return {
      path: `/status/${id}`,
      body: '',
      check({ status, body }) {
        if (status !== 200 || !body.includes(`"id":"${id}"`) || !body.includes(expected))
          throw new WrongAnswer(`/status: ${status} ${body}`)
      },
    }
  }
}

/** Keeps the only executor busy for the rest of the round: what comes after it waits. */
export async function pause(url: string): Promise<void> {
  using connection = await HttpConnection.open(url)
  const input = {
    function_name: 'wait',
    function_code: 'const wait = () => new Promise(() => {})',
    serialization_format: 'json',
  }
  const body = JSON.stringify({ input, policy: { executionTimeout: 600_000 } })
  const { status, body: answer } = await connection.post('/run', body)
  if (status !== 200) throw new WrongAnswer(`/run: ${status} ${answer}`)
}

/** How many were taken out. */
export async function purge(url: string): Promise<number> {
  using connection = await HttpConnection.open(url)
  const { status, body } = await connection.post('/purge-queue', '')
  if (status !== 200) throw new WrongAnswer(`/purge-queue: ${status} ${body}`)
  return (JSON.parse(body) as { readonly removed: number }).removed
}
