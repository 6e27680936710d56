// The messages between a process that bundles modules and its tool process, and the check of what the tool says.
import * as v from 'valibot'
import type { RemoteSource } from '../core/deployment.ts'
import type { Language } from '../core/invocation.ts'
import type { Frame } from './frame.ts'

/** What a tool process is started for, as the one argument of its program: JSON. */
export interface BundleToolArguments {
  /** User and group that the process takes on before it starts the bundler; 0 to stay what it is. */
  readonly uid: number
  /** Real paths. The first is the root of the modules; of the others only packages come. */
  readonly folders: readonly string[]
}

/** The tool answers every request before it takes the next one. */
export interface BundleRequestMessage {
  readonly type: 'bundle'
  readonly id: number
  /** Relative to the root, with `/` between the segments. */
  readonly file: string
  /** Names that the bundle is to export even when the module only declares them. */
  readonly exports: readonly string[]
  /** What is called and not bundled. */
  readonly remotes: readonly RemoteSource[]
  readonly wantsMap: boolean
  /** All files of one bundle together. */
  readonly inputBytes: number
  readonly outputBytes: number
}

/**
 * Bundles a source that came with a request, and what came beside it. Parts: the source, then the modules in the order of
 * their paths.
 */
export interface SourceRequestMessage {
  readonly type: 'source'
  readonly id: number
  readonly language: Language
  readonly fileName: string
  /** The function or class that will be asked for. */
  readonly name: string
  readonly modulePaths: readonly string[]
  readonly inputBytes: number
  readonly outputBytes: number
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const text = v.pipe(v.string(), v.maxLength(2_048))

/** One thing that is wrong; the place counts from 1, columns in UTF-16 code units. */
const Problem = v.strictObject({
  text,
  file: v.nullable(text),
  line: v.nullable(count),
  column: v.nullable(count),
})
export type BundleProblem = v.InferOutput<typeof Problem>

const FromBundleTool = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  /** Parts: the code, and the source map when it was asked for. */
  v.strictObject({
    type: v.literal('bundled'),
    id: count,
    kind: v.picklist(['script', 'module']),
    parts: v.array(v.unknown()),
  }),
  /** The source imports nothing, and is to run as it is. */
  v.strictObject({ type: v.literal('untouched'), id: count }),
  v.strictObject({
    type: v.literal('rejected'),
    id: count,
    /** The tool names far fewer than this bound. */
    problems: v.pipe(v.array(Problem), v.minLength(1), v.maxLength(100)),
  }),
  v.strictObject({
    type: v.literal('too-large'),
    id: count,
    side: v.picklist(['input', 'output']),
    used: count,
  }),
])
export type FromBundleTool = v.InferOutput<typeof FromBundleTool>

/** What the tool says, checked; throws when it broke the contract. */
export function parseFromBundleTool({ header }: Frame): FromBundleTool {
  return v.parse(FromBundleTool, header)
}
