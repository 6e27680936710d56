// Decoding a captured pickle where guests do it: in an isolate.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import ivm from 'isolated-vm'
import type { PreparedPath } from '../guarded-path.ts'
import { installWorked } from '../yardsticks/guest-work.ts'

const root = join(import.meta.dirname, '..', '..', '..')
/** A dictionary of a thousand names and numbers. */
const VECTOR = 'dict_1001'
const ENTRY = `
import { decodePickle } from './pickle/decode.ts'
import { captureLateIntrinsics } from './late-intrinsics.ts'
captureLateIntrinsics()
globalThis.decode = (text, times) => {
  let kept = 0
  for (let time = 0; time < times; time++) kept += decodePickle(text)['1000']
  return kept
}
`

export async function preparePickle(): Promise<PreparedPath> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: join(root, 'sandbox', 'src', 'codec'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'esnext',
    platform: 'neutral',
  })
  const context = new ivm.Isolate({ memoryLimit: 128 }).createContextSync()
  context.evalSync(outputFiles[0]?.text ?? '')
  installWorked(context)
  const { vectors } = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'pickle-vectors.json'), 'utf8')) as {
    readonly vectors: readonly { readonly name: string; readonly b64: string }[]
  }
  const text = vectors.find(({ name }) => name === VECTOR)?.b64
  if (text === undefined) throw new Error(`there is no vector ${VECTOR}`)
  const decode = context.global.getSync('decode', { reference: true })
  const work = context.global.getSync('workYardstick', { reference: true })
  if (decode.applySync(undefined, [text, 1]) !== 1000) throw new Error('the pickle was decoded to something else')
  return {
    call: () => void decode.applySync(undefined, [text, 1]),
    yardstick: () => void work.applySync(undefined, [1]),
    callsPerBatch: 12,
    yardsticksPerBatch: 30,
  }
}
