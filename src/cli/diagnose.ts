// `worker-isolate doctor`: prints what runDoctor found out about this machine.
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { Config } from '../config.ts'
import { runDoctor } from './doctor.ts'
import { ensureRuntime } from './ensure-runtime.ts'

/** Resolves with the exit code: 1 when nothing stronger than the permission model works, or the service cannot run. */
export async function diagnose(config: Config): Promise<number> {
  const sourceFolder = join(import.meta.dirname, '..')
  const isolatedVm = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'))
  const extension = extname(import.meta.filename)
  const { text, ok } = await runDoctor({
    choice: config.confinement,
    nodePath: process.execPath,
    probePath: join(import.meta.dirname, `doctor-probe${extension}`),
    readPaths: [
      join(sourceFolder, '..', 'package.json'),
      join(sourceFolder, 'executor'),
      join(sourceFolder, 'ipc'),
      isolatedVm,
    ],
    uid: config.executorUidBase,
    checkSnapshot: async () => {
      const runtime = await ensureRuntime()
      return { ok: runtime.ok, detail: runtime.ok ? runtime.files.snapshotPath : runtime.message }
    },
  })
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return ok ? 0 : 1
}
