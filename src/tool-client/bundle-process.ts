// The bundler: how its process is started for one root, and what it is asked.
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { parseFromBundleTool } from '../ipc/bundle-messages.ts'
import type { BundleRequestMessage, BundleToolArguments, FromBundleTool } from '../ipc/bundle-messages.ts'
import { encodeFrame } from '../ipc/frame.ts'
import { BYTES_PER_UNIT, FRAME_OVERHEAD_BYTES, ToolProcess } from './tool-process.ts'
import type { ProcessEnd } from './tool-process.ts'

const HEAP_MB = 256

/** The tool and everything that it imports. */
const TOOL_FILES = [
  'tool/bundle-main',
  'tool/bundle-run',
  'tool/bundle-guard',
  'tool/remote-stub',
  'tool/node-builtins',
  'tool/builtins',
  'tool/disabled-files',
  'core/deployment',
  'ipc/frame',
]

export interface BundleProcessOptions {
  /** Program of the tool process; for tests. */
  readonly entryPath?: string | undefined
  /** User and group that the process takes on; only root can give it one. The root and this program must be readable to it. */
  readonly uid?: number | undefined
  /** Real paths: the root first, then folders of packages. */
  readonly folders: readonly string[]
  readonly deadlineMs: number
  /** Resident memory of the process and the bundler that it starts. */
  readonly residentMb: number
  readonly outputBytes: number
}

type Message = Exclude<FromBundleTool, { type: 'ready' }>
export type BundleProcess = ToolProcess<Message>

export type BundleAnswer =
  | Exclude<Message, { type: 'bundled' }>
  | {
      readonly type: 'bundled'
      readonly kind: 'script' | 'module'
      readonly code: string
      readonly map: string | null
    }
  | ProcessEnd

export const ESBUILD_FOLDER = dirname(createRequire(import.meta.url).resolve('esbuild/package.json'))

/**
 * esbuild is a program of its own that its JavaScript starts, so that `--allow-child-process` is needed and the
 * permission model ends there; as WebAssembly it would stay inside, but is, by its own manual, about ten times slower.
 * So the tool reads every file in its place, under the permission model and within the folders, and lets nothing be
 * started once esbuild runs. What is left to esbuild is to look for packages: it sees which files exist and reads
 * package.json, but takes nothing else from them.
 */
function toolFlags(entryPath: string, folders: readonly string[]): readonly string[] {
  const sourceFolder = join(import.meta.dirname, '..')
  const extension = extname(import.meta.filename)
  const readable = [
    entryPath,
    ...TOOL_FILES.map((path) => join(sourceFolder, `${path}${extension}`)),
    ESBUILD_FOLDER,
    // The folder of the binaries, which are packages beside it.
    join(ESBUILD_FOLDER, '..', '@esbuild'),
    ...folders,
  ]
  return [
    '--permission',
    '--allow-child-process',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--no-warnings',
    `--max-old-space-size=${HEAP_MB}`,
  ]
}

export function startBundleProcess(options: BundleProcessOptions): BundleProcess {
  const extension = extname(import.meta.filename)
  const { folders, uid = 0, entryPath = join(import.meta.dirname, '..', `tool/bundle-main${extension}`) } = options
  const { deadlineMs, residentMb, outputBytes } = options
  return new ToolProcess<Message>({
    flags: toolFlags(entryPath, folders),
    entryPath,
    argument: JSON.stringify({ uid, folders } satisfies BundleToolArguments),
    deadlineMs,
    residentMb,
    maxFrameBytes: BYTES_PER_UNIT * outputBytes + FRAME_OVERHEAD_BYTES,
    parse: parseFromBundleTool,
  })
}

/** Settles with the tool's answer or with the end of the process. */
export async function bundle(
  process: BundleProcess,
  request: Omit<BundleRequestMessage, 'type' | 'id'>,
): Promise<BundleAnswer> {
  return process.ask<BundleAnswer>(
    (id) => encodeFrame({ type: 'bundle', id, ...request } satisfies BundleRequestMessage),
    (message, [code, map = null]) => {
      if (message.type !== 'bundled') return message
      if (code === undefined) throw new Error('it sent no code')
      return { type: 'bundled', kind: message.kind, code, map }
    },
  )
}
