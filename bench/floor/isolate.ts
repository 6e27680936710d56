// The floor: what isolated-vm itself takes for one program in an isolate of its own, with nothing around it.
// It uses the synchronous API, which has no hop between threads. Argument: the memory limit in MB.
import ivm from 'isolated-vm'
import { serveRounds } from '../support/serve-rounds.ts'

const memoryLimit = Number(process.argv[2])

await serveRounds(({ code, name, args }) => {
  const isolate = new ivm.Isolate({ memoryLimit })
  const context = isolate.createContextSync()
  context.evalSync(code)
  const entry = context.global.getSync(name, { reference: true })
  const result: unknown = entry.applySync(undefined, [...args], { arguments: { copy: true }, result: { copy: true } })
  isolate.dispose()
  return { result }
})
