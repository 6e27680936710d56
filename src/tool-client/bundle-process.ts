// The bundler: how its process is started for one root, and what it is asked.
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { parseFromBundleTool } from '../ipc/bundle-messages.ts'
import type {
  BundleRequestMessage,
  BundleToolArguments,
  FromBundleTool,
  SourceRequestMessage,
} from '../ipc/bundle-messages.ts'
import { encodeFrame } from '../ipc/frame.ts'
import { BYTES_PER_UNIT, FRAME_OVERHEAD_BYTES, ToolProcess } from './tool-process.ts'
import type { ProcessEnd } from './tool-process.ts'

const HEAP_MB = 256

/** The tool and everything that it imports. */
const TOOL_FILES = [
  'tool/bundle-main',
  'tool/bundle-run',
  'tool/bundle-guard',
  'tool/file-loader',
  'tool/source-guard',
  'tool/source-map',
  'tool/source-run',
  'tool/submitted-files',
  'tool/remote-stub',
  'tool/node-builtins',
  'tool/builtins',
  'tool/disabled-files',
  'core/deployment',
  'core/node-globals',
  'ipc/frame',
]

export interface BundleProcessOptions {
  /** Program of the tool process; for tests. */
  readonly entryPath?: string | undefined
  /** User and group that the process takes on; only root can give it one. The root and this program must be readable to it. */
  readonly uid?: number | undefined
  /** Real paths: of a deployment its root first, then folders of packages; of submitted source the folder of its packages. */
  readonly folders: readonly string[]
  readonly deadlineMs: number
  /** Resident memory of the process and the bundler that it starts. */
  readonly residentMb: number
  readonly outputBytes: number
}

export type BundleMessage = Exclude<FromBundleTool, { type: 'ready' }>
export type BundleProcess = ToolProcess<BundleMessage>

export type BundleAnswer =
  | Exclude<BundleMessage, { type: 'bundled' | 'untouched' }>
  | {
      readonly type: 'bundled'
      readonly kind: 'script' | 'module'
      readonly code: string
      readonly map: string | null
    }
  | ProcessEnd

const require = createRequire(import.meta.url)
export const ESBUILD_FOLDER = dirname(require.resolve('esbuild/package.json'))
/** The only other package that the tool loads. */
const CODEC_FOLDER = join(dirname(require.resolve('@jridgewell/sourcemap-codec')), '..')

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
    CODEC_FOLDER,
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
  return new ToolProcess<BundleMessage>({
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
      if (message.type === 'untouched') throw new Error('it left a module as it is')
      if (message.type !== 'bundled') return message
      if (code === undefined) throw new Error('it sent no code')
      return { type: 'bundled', kind: message.kind, code, map }
    },
  )
}

export type SourceAnswer = BundleAnswer | Extract<BundleMessage, { type: 'untouched' }>

/** The same for source that came with a request. @param texts the source, then the modules in the order of their paths. */
export async function bundleSource(
  process: BundleProcess,
  request: Omit<SourceRequestMessage, 'type' | 'id'>,
  texts: readonly string[],
): Promise<SourceAnswer> {
  return process.ask<SourceAnswer>(
    (id) => encodeFrame({ type: 'source', id, ...request } satisfies SourceRequestMessage, texts),
    (message, [code, map]) => {
      if (message.type !== 'bundled') return message
      if (code === undefined || map === undefined) throw new Error('it sent no code, or no map')
      return { type: 'bundled', kind: message.kind, code, map }
    },
  )
}
