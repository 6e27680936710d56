// Live requests with and without packages: each program is another one, and each answer is checked.
import { timeCall } from '../flash/queue-call.ts'
import { programCall, WrongAnswer } from '../support/execute-program.ts'
import type { HttpConnection } from '../support/http-connection.ts'
import { ProgramCounter } from '../support/program.ts'
import type { Program } from '../support/program.ts'
import { NO_PACKAGE } from './package-sets.ts'
import type { PackageSet } from './package-sets.ts'

const programs = new ProgramCounter(1)

/** The same program around `check`, whose answer goes into that of the program. */
function makeProgram(check: string): Program {
  const { code, name, args, expected } = programs.next()
  const [offset] = args
  return {
    code: `${check}\n${code}\nfunction with_${name}(offset, text) { return { ...${name}(offset, text), checked: check(offset, text) } }\n`,
    name: `with_${name}`,
    args,
    expected: `${expected.slice(0, -1)},"checked":${offset}}`,
  }
}

export function makePlainProgram(): Program {
  return makeProgram(NO_PACKAGE)
}

export function makePackageProgram({ code }: PackageSet): Program {
  return makeProgram(code)
}

/** Milliseconds until the answer; rejects when it is wrong. */
export async function timeProgram(connection: HttpConnection, program: Program): Promise<number> {
  return timeCall(connection, programCall(program))
}

/** The same with the package in that version, which has to be in the lock of the answer. */
export async function timeWithPackage(
  connection: HttpConnection,
  program: Program,
  { name }: PackageSet,
  version: string,
): Promise<number> {
  const call = programCall(program)
  const request = JSON.parse(call.body) as Readonly<Record<string, unknown>>
  return timeCall(connection, {
    ...call,
    body: JSON.stringify({ ...request, dependencies: [`${name}@${version}`] }),
    check(answer) {
      call.check(answer)
      const { dependency_lock: lock } = JSON.parse(answer.body) as Readonly<Record<string, unknown>>
      if (!JSON.stringify(lock ?? null).includes(version)) throw new WrongAnswer(`${name}: no ${version} in the lock`)
    },
  })
}
