// `node:process` in a bundle: what packages ask of it, and nothing of the machine.

const unavailable = (name: string, why: string) => (): never => {
  throw new Error(`process.${name} is not available: ${why}`)
}

const NANOSECONDS_PER_MS = 1_000_000
const MS_PER_S = 1_000

function hrtime(before?: readonly [number, number]): [number, number] {
  const ms = performance.now() - (before === undefined ? 0 : before[0] * MS_PER_S + before[1] / NANOSECONDS_PER_MS)
  const seconds = Math.floor(ms / MS_PER_S)
  return [seconds, Math.round((ms - seconds * MS_PER_S) * NANOSECONDS_PER_MS)]
}
hrtime.bigint = (): bigint => BigInt(Math.round(performance.now())) * BigInt(NANOSECONDS_PER_MS)

/** What is written is a line of the log; the end of a line is the console's own. */
function outputTo(write: (text: string) => void): Readonly<Record<string, unknown>> {
  return {
    isTTY: false,
    columns: 80,
    write(text: unknown): boolean {
      write(String(text).replace(/\n$/u, ''))
      return true
    },
    on: () => undefined,
    once: () => undefined,
    emit: () => false,
    end: () => undefined,
  }
}

/** Those that the operator and the deployment give to code: the global of the sandbox has them, and nothing else. */
const { env: variables = {} } = (globalThis as { readonly process?: { readonly env?: object } }).process ?? {}

const self: Record<string, unknown> = {
  title: 'worker-isolate',
  browser: true,
  env: variables,
  argv: [],
  execArgv: [],
  execPath: '',
  pid: 1,
  ppid: 0,
  platform: 'linux',
  arch: '',
  version: '',
  versions: {},
  release: {},
  config: {},
  features: {},
  // oxlint-disable-next-line no-console -- the guest's console
  stdout: outputTo((text) => console.log(text)),
  // oxlint-disable-next-line no-console -- the guest's console
  stderr: outputTo((text) => console.error(text)),
  cwd: () => '/',
  umask: () => 0,
  uptime: () => performance.now() / MS_PER_S,
  hrtime,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  nextTick(callback: (...given: readonly unknown[]) => void, ...given: readonly unknown[]): void {
    queueMicrotask(() => callback(...given))
  },
  emitWarning(warning: unknown): void {
    // oxlint-disable-next-line no-console -- the guest's console
    console.warn(String(warning))
  },
  emit: () => false,
  listeners: () => [],
  listenerCount: () => 0,
  exit: unavailable('exit', 'the sandbox has no process to end'),
  abort: unavailable('abort', 'the sandbox has no process to end'),
  kill: unavailable('kill', 'the sandbox has no processes'),
  chdir: unavailable('chdir', 'the sandbox has no folders'),
  binding: unavailable('binding', 'it is a part of Node.js'),
  dlopen: unavailable('dlopen', 'native code cannot be loaded'),
}
// There are no events of a process here, so that nobody hears of one.
for (const name of ['on', 'once', 'off', 'addListener', 'prependListener', 'removeListener', 'removeAllListeners'])
  self[name] = () => self

export { self as shim }
