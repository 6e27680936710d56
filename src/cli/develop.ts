// `worker-isolate dev DIR`: builds a project, serves it, and does both again whenever one of its files changes.
import { watch } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { runBuild } from '../builder/run-build.ts'
import type { Config } from '../config.ts'
import { serve } from './serve.ts'
import type { Service } from './start-service.ts'

/** Editors write a file in several steps. */
const SETTLE_MS = 100

/** Resolves with the exit code. A build that fails later leaves the version before it live. */
export async function develop(
  folder: string,
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const outFolder = await mkdtemp(join(tmpdir(), 'worker-isolate-dev-'))
  try {
    const code = await runBuild({ folder, outFolder })
    if (code !== 0) return code
    return await serve({ ...config, deployment: outFolder }, env, (service, log) =>
      watchProject({ folder, outFolder, service, log }),
    )
  } finally {
    await rm(outFolder, { recursive: true, force: true })
  }
}

interface WatchOptions {
  readonly folder: string
  readonly outFolder: string
  readonly service: Service
  readonly log: Logger
}

function watchProject({ folder, outFolder, service, log }: WatchOptions): void {
  let timer: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  const rebuild = async (): Promise<void> => {
    if ((await runBuild({ folder, outFolder })) !== 0) return
    const result = await service.redeploy()
    if (!result.ok) log.error({ problem: result.message }, 'the deployment was not replaced')
  }
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || file.split('/').includes('node_modules')) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      work = work.then(rebuild).catch((error: unknown) => log.error({ err: error }, 'the project cannot be built'))
    }, SETTLE_MS)
  })
  watcher.unref()
}
