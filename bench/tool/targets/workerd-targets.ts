// workerd: its dynamic worker loader, with and without ids, and a static Worker.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkPackage, packageFolder, PEERS } from './peer-packages.ts'
import { startProcess } from './start-process.ts'
import type { Availability, RunningTarget, Target, Workload } from './target.ts'

const PACKAGE = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`
const FILE = 'bin/workerd'
const COMPATIBILITY_DATE = '2026-11-01'

const check = (): Availability => checkPackage(PACKAGE, FILE)

interface WorkerdConfig {
  /** Paths below bench/peers; the first is the main module. */
  readonly modules: readonly string[]
  readonly bindings: string
}

/** In the language of its configuration; module names are the paths, so that imports between them resolve. */
export function writeConfig({ modules, bindings }: WorkerdConfig): string {
  const list = modules.map((path) => `(name = "${path}", esModule = embed "${path}")`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${list.join(', ')}],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${bindings}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`
}

async function start(config: WorkerdConfig): Promise<RunningTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'worker-isolate-bench-'))
  for (const path of config.modules) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), stripTypeScriptTypes(readFileSync(join(PEERS, path), 'utf8')))
  }
  writeFileSync(join(folder, 'config.capnp'), writeConfig(config))
  return startProcess({
    command: join(packageFolder(PACKAGE), FILE),
    args: ['serve', 'config.capnp', '--experimental', '--control-fd=3'],
    cwd: folder,
    readUrl: readListening,
    urlOn: 3,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  })
}

/** `{"event":"listen","socket":"http","port":33177}` */
function readListening(line: string): string | null {
  const { event, port } = JSON.parse(line) as { readonly event?: string; readonly port?: number }
  return event === 'listen' && port !== undefined ? `http://127.0.0.1:${port}` : null
}

function dynamic(mode: 'get' | 'load'): Target['start'] {
  return async () =>
    start({
      modules: ['workerd/dynamic.ts', 'peer-api.ts'],
      bindings: `(name = "LOADER", workerLoader = ()), (name = "MODE", text = "${mode}")`,
    })
}

const CANNOT: Readonly<Partial<Record<Workload, string>>> = {
  'flash-warm': 'workerd-static is its warm server',
  typescript: 'takes no TypeScript',
}
const WITHOUT_IDS = 'keeps nothing between requests without an id'

export const WORKERD_TARGETS: readonly Target[] = [
  {
    name: 'workerd-loader',
    title: 'workerd, dynamic loader',
    boundary: 'isolate, in one process',
    dialect: 'peer',
    refuses: (workload) => CANNOT[workload] ?? null,
    check,
    start: dynamic('get'),
  },
  {
    name: 'workerd-load',
    title: 'workerd, load() without id',
    boundary: 'isolate, in one process',
    dialect: 'peer',
    refuses: (workload) =>
      CANNOT[workload] ??
      (['class-instance', 'idle-instances', 'stream-first-chunk'].includes(workload) ? WITHOUT_IDS : null),
    check,
    start: dynamic('load'),
  },
  {
    name: 'workerd-static',
    title: 'workerd, static Worker',
    boundary: 'isolate, one program',
    dialect: 'peer',
    refuses: (workload) => (workload === 'flash-warm' ? null : 'runs no code that comes with the request'),
    check,
    start: async () => start({ modules: ['workerd/static.ts'], bindings: '' }),
  },
]
