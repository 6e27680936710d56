// `worker-isolate serve`: starts the service and keeps it until a signal ends it.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { detectConfinement } from '../pool/confinement/detect.ts'
import { LineWriter } from '../telemetry/line-writer.ts'
import { createLog, standardOutput } from '../telemetry/log.ts'
import { ensureRuntime } from './ensure-runtime.ts'
import { keepDescriptors } from './keep-descriptors.ts'
import { probeAddress } from './probe-address.ts'
import { startService } from './start-service.ts'
import type { Service } from './start-service.ts'
import { VERSION } from './version.ts'
import { watchLauncher } from './watch-launcher.ts'

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Resolves with the exit code: 0 after a signal and an orderly end, 1 when the service cannot start or cannot work. */
export async function serve(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  onStarted: (service: Service, log: Logger) => void = () => undefined,
): Promise<number> {
  const isOnPlatform = (env['RUNPOD_ENDPOINT_ID'] ?? '') !== ''
  const lines = new LineWriter(standardOutput())
  const log = createLog({ level: config.logLevel, destination: lines, form: isOnPlatform ? 'platform' : 'service' })
  logWarnings(log)
  watchLauncher(env, () => {
    log.fatal('stopping at once, because the launcher was killed')
    process.exit(1)
  })
  keepDescriptors()
  const [runtime, confinement] = await Promise.all([
    ensureRuntime(),
    detectConfinement({ choice: config.confinement, nodePath: process.execPath, probe: true }),
  ])
  const problem = runtime.ok ? confinement.error : runtime.message
  if (!runtime.ok || problem !== null) {
    process.stderr.write(`${problem}\n`)
    return 1
  }
  let service: Service
  try {
    await probeAddress(config)
    service = await startService({
      config,
      runtime: runtime.files,
      confinement,
      log,
      env,
      together: (run) => lines.together(run),
    })
  } catch (error) {
    process.stderr.write(`${describeStartError(error, config)}\n`)
    // Whatever has started by now ends with this process, and would keep it.
    process.exit(1)
  }
  const { candidates, ownUsers } = confinement
  const users = ownUsers && config.executorUidBase > 0 ? 'own' : 'shared with the front'
  // However it ends, as long as it is not killed.
  process.on('exit', () => service.flushLog())
  process.on('SIGHUP', () => void reload(service, log))
  const signal = nextSignal()
  // Whoever reads this may send one.
  log.info(
    { url: service.url, version: VERSION, pid: process.pid, confinement: candidates[0], executorUsers: users },
    `worker-isolate listens on ${service.url}`,
  )
  onStarted(service, log)
  const end = await Promise.race([signal, service.unfit.then((reason) => ({ reason }))])
  if (typeof end === 'string') log.info({ signal: end }, 'stopping')
  else log.fatal(end, 'stopping, because no job of the platform could run')
  await service.stop()
  log.info('stopped')
  return typeof end === 'string' ? 0 : 1
}

async function reload(service: Service, log: Logger): Promise<void> {
  const result = await service.redeploy()
  if (!result.ok) log.error({ problem: result.message }, 'the deployment was not replaced')
}

/** What Node.js would write to standard error as text; that node:ffi is an experiment is known, and tested for. */
function logWarnings(log: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    log[name === 'ExperimentalWarning' ? 'debug' : 'warn']({ name, detail: message }, 'a warning of Node.js')
  })
}

/** Ctrl-C reaches the service twice when a launcher passes on what the terminal sends to both. */
const SAME_SIGNAL_MS = 1_000

/** The first signal asks for an orderly end, which the caller makes; one that comes later ends the process at once. */
async function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stoppingSince: number | null = null
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        const now = performance.now()
        if (stoppingSince !== null && now - stoppingSince > SAME_SIGNAL_MS) process.kill(process.pid, 'SIGKILL')
        stoppingSince ??= now
        resolve(signal)
      })
    }
  })
}

function describeStartError(error: unknown, { host, port }: Config): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE')
    return `PORT (--port) is ${port}, which another program on this machine uses already; name another one, or 0 for any that is free.`
  if (code === 'EACCES') return `PORT (--port) is ${port}, which this user may not listen on.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST (--host) is ${host}, which is no address of this machine.`
  return `The service cannot start: ${error instanceof Error ? error.message : String(error)}`
}
