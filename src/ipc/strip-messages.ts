// The messages between the front process and its TypeScript tool process, and the check of what the tool says.
import * as v from 'valibot'
import type { Frame } from './frame.ts'

/** Part: the TypeScript source. The tool answers every request before it takes the next one. */
export interface StripRequest {
  readonly type: 'strip'
  readonly id: number
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const position = v.pipe(v.number(), v.integer(), v.minValue(1))

/** Why a source was refused: it is no TypeScript, it needs code to be generated, or the stripper itself broke on it. */
const REJECTIONS = ['invalid', 'unsupported', 'broken'] as const

const FromStripTool = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  /** Part: the JavaScript, with every character that is left where it was. */
  v.strictObject({ type: v.literal('stripped'), id: count, parts: v.array(v.unknown()) }),
  v.strictObject({
    type: v.literal('rejected'),
    id: count,
    rejection: v.picklist(REJECTIONS),
    /** The stripper's own words; the tool clips them far below this bound. */
    reason: v.pipe(v.string(), v.maxLength(1024)),
    /** Both count from 1, columns in UTF-16 code units; null when the stripper broke. */
    line: v.nullable(position),
    column: v.nullable(position),
  }),
])
export type FromStripTool = v.InferOutput<typeof FromStripTool>

/** What the tool says, checked; throws when it broke the contract. */
export function parseFromStripTool({ header }: Frame): FromStripTool {
  return v.parse(FromStripTool, header)
}
