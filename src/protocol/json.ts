// JSON in: text to a value, and whether JSON.stringify would lose numbers of it.
import { surveyJson } from './json-survey.ts'
import type { JsonExcess } from './json-survey.ts'

/** A parsed body. */
export interface ParsedJson {
  readonly value: unknown
  /** Whether the value may hold -0 or infinities, which `JSON.stringify` writes as `0` and `null`; see `JsonSurvey`. */
  readonly mayHaveRareNumbers: boolean
}

export type JsonResult =
  | ({ readonly ok: true } & ParsedJson)
  | { readonly ok: false; /** Index into the text, 0 if unknown. */ readonly position: number; readonly reason: string }

/** Deeper JSON is refused, so that no later step can run out of stack; Python's own parser gives up near this depth. */
export const MAX_JSON_DEPTH = 1_000

/**
 * JSON that weighs more is refused before it is parsed, whatever its length: the process that parses it answers nobody
 * meanwhile. A million numbers weigh as much as 250 000 strings or 125 000 entries of objects, each of which takes the
 * process between 0.1 and 0.2 s at worst, with rare numbers in it, too: from the text to the value and to the text for the
 * executor.
 */
export const MAX_JSON_WEIGHT = 1_000_000

const encoder = new TextEncoder()

/**
 * JSON text to a value. Never throws; the reason on failure quotes at most a few characters of the text.
 * @param bytes the same text as UTF-8, from callers that have it.
 */
export function parseJson(text: string, bytes: Uint8Array = encoder.encode(text)): JsonResult {
  const { excess, mayHaveRareNumbers } = surveyJson(bytes, { maxDepth: MAX_JSON_DEPTH, maxWeight: MAX_JSON_WEIGHT })
  if (excess !== null) return { ok: false, position: 0, reason: describeExcess(excess, bytes.length) }
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, value, mayHaveRareNumbers }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const position = /at position (\d+)/.exec(error.message)?.[1]
    return { ok: false, position: position === undefined ? 0 : Number(position), reason: error.message }
  }
}

function describeExcess(excess: JsonExcess, length: number): string {
  if (excess.bound === 'maxDepth') return `The value is nested more than ${MAX_JSON_DEPTH} levels deep`
  const [values, passed, all] = [MAX_JSON_WEIGHT, excess.bytes, length].map((count) => count.toLocaleString('en-US'))
  return `The limit is ${values} values, of which a string counts as 4 and an entry of an object as 8; the first ${passed} of ${all} bytes hold more`
}

/** Whether a parsed value is a JSON object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
