// A process of the guard: measures one path and prints its ratio. Arguments: the path, and its slowness.
import { isPathName, loadPath } from './all-paths.ts'
import { measureRatio } from './measure-batches.ts'

const [name = '', slowness = '1'] = process.argv.slice(2)
if (!isPathName(name)) throw new Error(`there is no path ${name}`)
const prepare = await loadPath(name)
const ratio = await measureRatio(await prepare(), Number(slowness))
// Nothing else ends the isolates of some paths.
process.stdout.write(`${JSON.stringify({ ratio })}\n`, () => process.exit(0))
