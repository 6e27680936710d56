// The TypeScript tool: how its process is started, and what it is asked.
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeFrame } from '../ipc/frame.ts'
import { parseFromStripTool } from '../ipc/strip-messages.ts'
import type { FromStripTool, StripRequest } from '../ipc/strip-messages.ts'
import { BYTES_PER_UNIT, FRAME_OVERHEAD_BYTES, ToolProcess } from './tool-process.ts'
import type { ProcessEnd } from './tool-process.ts'

const HEAP_MB = 128

/** The tool and everything that it imports: all that its process may read. */
const TOOL_FILES = ['tool/strip-main', 'tool/locate-failure', 'ipc/frame'].map((path) =>
  fileURLToPath(new URL(`../${path}${extname(import.meta.filename)}`, import.meta.url)),
)

export interface StripProcessOptions {
  /** Program of the tool process; another one than the default needs no access beyond that to its own file. */
  readonly entryPath?: string
  /** User and group that the process takes on once it is loaded; only root can give it one. */
  readonly uid?: number | undefined
  /** The largest source that will be sent, in bytes of UTF-8. */
  readonly inputBytes: number
  readonly deadlineMs: number
  /** Resident memory of the whole process. */
  readonly residentMb: number
}

export type StripMessage = Exclude<FromStripTool, { type: 'ready' }>
export type StripProcess = ToolProcess<StripMessage>

export type StripAnswer =
  | Exclude<StripMessage, { type: 'stripped' }>
  | { readonly type: 'stripped'; readonly code: string }
  | ProcessEnd

export function startStripProcess(options: StripProcessOptions): StripProcess {
  const { entryPath = TOOL_FILES[0] ?? '', uid = 0, inputBytes, deadlineMs, residentMb } = options
  const readable = [entryPath, ...TOOL_FILES].map((path) => `--allow-fs-read=${path}`)
  return new ToolProcess<StripMessage>({
    flags: ['--permission', '--allow-worker', ...readable, '--no-warnings', `--max-old-space-size=${HEAP_MB}`],
    entryPath,
    argument: String(uid),
    deadlineMs,
    residentMb,
    // A header, and the source with what replaced it.
    maxFrameBytes: BYTES_PER_UNIT * inputBytes + FRAME_OVERHEAD_BYTES,
    parse: parseFromStripTool,
  })
}

/** Settles with the tool's answer or with the end of the process. */
export async function strip(process: StripProcess, source: string): Promise<StripAnswer> {
  return process.ask<StripAnswer>(
    (id) => encodeFrame({ type: 'strip', id } satisfies StripRequest, [source]),
    (message, [code]) => {
      if (message.type === 'rejected') return message
      // Positions are kept, so that every other length is an answer to something else.
      if (code?.length !== source.length) throw new Error('its code does not have the length of the source')
      return { type: 'stripped', code }
    },
  )
}
