// One request: a program for the service, and its answer checked.
import type { Call } from './load.ts'
import type { Program } from './program.ts'

/** A wrong answer is no measurement: it ends the bench. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}

/** The program to /execute. */
export function programCall(program: Program): Call {
  return {
    path: '/execute',
    body: writeRequest(program),
    check({ status, body }) {
      if (status !== 200) throw new WrongAnswer(`status ${status}: ${body}`)
      const response = JSON.parse(body) as Readonly<Record<string, unknown>>
      checkAnswer(program, response['success'] === true ? JSON.stringify(response['json_result']) : body)
    },
  }
}

export function checkAnswer({ name, expected }: Program, answer: string): void {
  if (answer !== expected) throw new WrongAnswer(`${name} answered ${answer} in place of ${expected}`)
}

function writeRequest({ code, name, args }: Program): string {
  const request = { function_name: name, function_code: code, args, serialization_format: 'json' }
  return JSON.stringify(request)
}
