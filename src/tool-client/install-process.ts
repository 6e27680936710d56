// The installer: how its process is started for one installation, and what it is asked.
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { PackagePolicy } from '../core/package-names.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import { encodeFrame } from '../ipc/frame.ts'
import { parseFromInstallTool } from '../ipc/install-messages.ts'
import type {
  FromInstallTool,
  InstallLimits,
  InstallRequestMessage,
  InstallToolArguments,
  RegistrySettings,
} from '../ipc/install-messages.ts'
import { ToolProcess } from './tool-process.ts'
import type { ProcessEnd } from './tool-process.ts'

const HEAP_MB = 512
const MAX_FRAME_BYTES = 8 * 1024 * 1024

export interface InstallProcessOptions {
  /** Program of the tool process; for tests. */
  readonly entryPath?: string | undefined
  /** User and group that the process takes on; only root can give it one. */
  readonly uid?: number | undefined
  /** Real path of an empty folder. */
  readonly folder: string
  /** Real path of the folder of archives that are kept. */
  readonly archives: string
  /** Whether what it is asked for has a lock. */
  readonly isLocked: boolean
  readonly deadlineMs: number
  readonly residentMb: number
}

export interface InstallWork {
  readonly specs: readonly PackageSpec[]
  /** Checked already, or empty. */
  readonly lock: string
  readonly policy: PackagePolicy
  readonly limits: InstallLimits
  readonly registry: RegistrySettings
  readonly certificates: string
}

type Message = Exclude<FromInstallTool, { type: 'ready' }>
export type InstallProcess = ToolProcess<Message>

export type InstallAnswer =
  | Exclude<Message, { type: 'installed' }>
  | { readonly type: 'installed'; readonly lock: string }
  | ProcessEnd

/** Where npm's modules are, with all that they import: their packages are public, so that nothing there is a secret. */
export const NPM_FOLDER = dirname(
  dirname(dirname(createRequire(import.meta.url).resolve('@npmcli/arborist/package.json'))),
)

/** The tool and everything that it imports of this package. */
const TOOL_FILES = [
  'tool/install-main',
  'tool/install',
  'core/package-lock',
  'core/package-names',
  'core/package-specs',
  'core/group-digits',
  'ipc/frame',
]

/**
 * The network is open to it, since the permission model knows no hosts: which host is asked is held in the process itself.
 * What it can write is its folder; no process can be started, no addon loaded.
 */
export function startInstallProcess(options: InstallProcessOptions): InstallProcess {
  const sourceFolder = join(import.meta.dirname, '..')
  const extension = extname(import.meta.filename)
  const { uid = 0, folder, archives, isLocked, deadlineMs, residentMb } = options
  const { entryPath = join(sourceFolder, `tool/install-main${extension}`) } = options
  const own = TOOL_FILES.map((path) => join(sourceFolder, path === 'tool/install' ? path : `${path}${extension}`))
  const readable = [entryPath, ...own, NPM_FOLDER, folder, archives]
  return new ToolProcess<Message>({
    flags: [
      '--permission',
      '--allow-net',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--allow-fs-write=${folder}`,
      '--use-system-ca',
      '--no-warnings',
      `--max-old-space-size=${HEAP_MB}`,
    ],
    entryPath,
    // A user without a name has no home, which npm's modules look for.
    env: { HOME: folder },
    argument: JSON.stringify({ uid, isLocked, folder, archives } satisfies InstallToolArguments),
    deadlineMs,
    residentMb,
    maxFrameBytes: MAX_FRAME_BYTES,
    parse: parseFromInstallTool,
  })
}

/** Settles with the tool's answer or with the end of the process. */
export async function installIn(process: InstallProcess, work: InstallWork): Promise<InstallAnswer> {
  const { lock, certificates, ...request } = work
  return process.ask<InstallAnswer>(
    (id) => encodeFrame({ type: 'install', id, ...request } satisfies InstallRequestMessage, [lock, certificates]),
    (message, [installed]) => {
      if (message.type !== 'installed') return message
      if (installed === undefined) throw new Error('it sent no lock')
      return { type: 'installed', lock: installed }
    },
  )
}
