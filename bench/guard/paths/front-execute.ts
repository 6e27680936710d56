// What the front does for one POST /execute, without sockets and executors.
import { makeProgram } from '../../support/program.ts'
import { prepareFront, toPath } from '../front-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'

export async function prepareFrontExecute(): Promise<PreparedPath> {
  const { code, name, args } = makeProgram(1)
  const body = JSON.stringify({
    function_name: name,
    function_code: code,
    args,
    kwargs: { text: 'x'.repeat(200) },
    serialization_format: 'json',
  })
  const front = prepareFront({ path: '/execute', body })
  const { success } = (await (await front.ask()).json()) as { readonly success: unknown }
  if (success !== true) throw new Error('the front did not answer with a success')
  return toPath(front)
}
