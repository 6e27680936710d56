// Peers that run in Node.js: a thread, a process, a context, QuickJS, or a bare isolate for each request.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { checkPackage, PEERS } from './peer-packages.ts'
import { readPlainUrl, startProcess } from './start-process.ts'
import type { Availability, Target, TargetName, Workload } from './target.ts'

interface NodePeer {
  readonly name: TargetName
  readonly title: string
  readonly boundary: string
  readonly file: string
  readonly flags: readonly string[]
  readonly hasWebGlobals: boolean
  readonly check: () => Availability
}

const ofNode = (): Availability => ({ ok: true, version: process.versions.node })

function ofIsolatedVm(): Availability {
  const { version } = createRequire(import.meta.url)('isolated-vm/package.json') as { readonly version: string }
  return { ok: true, version }
}

const NODE_PEERS: readonly NodePeer[] = [
  {
    name: 'worker-threads',
    title: 'Node.js worker_threads',
    boundary: 'thread, with all rights of the process',
    file: 'worker-threads.ts',
    flags: [],
    hasWebGlobals: true,
    check: ofNode,
  },
  {
    name: 'child-process',
    title: 'Node.js process',
    boundary: 'process, with all rights of its user',
    file: 'child-process.ts',
    flags: [],
    hasWebGlobals: true,
    check: ofNode,
  },
  {
    name: 'vm',
    title: 'node:vm',
    boundary: 'none against hostile code',
    file: 'vm.ts',
    flags: [],
    hasWebGlobals: false,
    check: ofNode,
  },
  {
    name: 'quickjs',
    title: 'quickjs-emscripten',
    boundary: 'WebAssembly memory, in one process',
    file: 'quickjs.ts',
    flags: [],
    hasWebGlobals: false,
    check: () => checkPackage('quickjs-emscripten', 'package.json'),
  },
  {
    name: 'isolated-vm',
    title: 'bare isolated-vm',
    boundary: 'isolate, in one process',
    file: 'isolated-vm.ts',
    flags: ['--no-node-snapshot'],
    hasWebGlobals: false,
    check: ofIsolatedVm,
  },
]

export const NODE_TARGETS: readonly Target[] = NODE_PEERS.map(
  ({ name, title, boundary, file, flags, hasWebGlobals, check }) => ({
    name,
    title,
    boundary,
    dialect: 'peer',
    check,
    refuses: (workload) => refusalOf(workload, hasWebGlobals),
    start: async () =>
      startProcess({
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', ...flags, join(PEERS, 'node', file)],
        readUrl: readPlainUrl,
        urlOn: 1,
      }),
  }),
)

function refusalOf(workload: Workload, hasWebGlobals: boolean): string | null {
  if (workload === 'flash-warm') return 'runs code per request; a warm route here would be Node.js itself'
  return workload === 'live-runtime' && !hasWebGlobals ? 'has no globals of the web' : null
}
