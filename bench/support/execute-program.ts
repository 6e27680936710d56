// One request: a program to the service, and its answer checked.
import type { LoadConnection } from './load-connection.ts'
import type { Program } from './program.ts'

/** A wrong answer is no measurement: it ends the bench. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}

/** Resolves when the answer is there, before it is checked; `check` throws a WrongAnswer. */
export async function executeProgram(connection: LoadConnection, program: Program): Promise<{ check(): void }> {
  const answer = await connection.execute(writeRequest(program))
  return {
    check() {
      const { status, body } = answer
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
