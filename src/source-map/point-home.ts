// Makes a failure of submitted code point into what was submitted: its stack, its message, and the lines around the place.
import type { Failure } from '../errors.ts'
import { codeFrame } from './code-frame.ts'
import type { FindPlace, Place } from './read-map.ts'
import { readMap } from './read-map.ts'

/** The code that ran, and what it was made of. */
export interface SourceOrigin {
  /** What the isolate calls the code. */
  readonly fileName: string
  /**
   * A source map as JSON; null when the code is where it was in its one source, which has the same name; empty when nothing is
   * known of where it was.
   */
  readonly map: string | null
  /** The text of a source that may be shown. */
  readonly textOf: (source: string) => string | undefined
}

/** A stack that a guest wrote itself may name as many places as it likes. */
const MAX_PLACES = 128
const MAX_SOURCE_CHARACTERS = 200
const FRAME_LINE = /^\s+at /u
/** What the bundler puts before the names of submitted files, where it makes names of functions of them. */
const NAMESPACE = /\b(?:submitted|node-builtin):(?=\S)/gu
/** `… at line 2, column 9 (function.js:2:9)`, as executors say it of what does not compile. */
const SYNTAX_ERROR = / at line \d{1,8}, column \d{1,8} \((?<file>[^():]*):(?<line>\d{1,8}):(?<column>\d{1,8})\)$/u
/** `lib/a.ts:2:9: …`, as the bundler says it. */
const BUNDLER_ERROR = /^(?<file>[^:\n]{1,300}):(?<line>\d{1,8}):(?<column>\d{1,8}): /u
/** `line 2, column 9: …`, as the stripper of types says it. */
const STRIP_ERROR = /^line (?<line>\d{1,8}), column (?<column>\d{1,8}): /u

/** Bounded by the length of the failure's texts and by what `codeFrame` looks at, whatever they and the sources hold. */
export function pointHome(failure: Failure, origin: SourceOrigin): Failure {
  if (failure.code === 'COMPILE_FAILED') return pointSyntaxError(failure, origin)
  if (failure.stack === undefined || failure.stack === '') return failure
  if (origin.map === '') return failure
  const { stack, place } = mapStack(failure.stack, origin)
  const frame = place === null ? null : frameOf(place, origin)
  return { ...failure, stack: frame === null ? stack : `${stack}\n\n${frame}` }
}

function mapStack(stack: string, origin: SourceOrigin): { readonly stack: string; readonly place: Place | null } {
  const find = finderOf(origin)
  const pattern = new RegExp(`(?<![\\w./-])${RegExp.escape(origin.fileName)}:(\\d{1,8}):(\\d{1,8})`, 'gu')
  let places = 0
  let shown: Place | null = null
  const lines = stack.split('\n').flatMap((line) => {
    if (!FRAME_LINE.test(line)) return [line]
    let isOwn = false
    const mapped = line.replaceAll(pattern, (position, lineText: string, columnText: string) => {
      places += 1
      const place = places > MAX_PLACES ? null : find(Number(lineText), Number(columnText))
      if (place === null) {
        isOwn = true
        return position
      }
      if (shown === null && origin.textOf(place.source) !== undefined) shown = place
      return `${clip(place.source)}:${place.line}:${place.column}`
    })
    // Where nothing of the sources is, the bundler's own code is.
    return isOwn ? [] : [origin.map === null ? mapped : mapped.replaceAll(NAMESPACE, '')]
  })
  return { stack: lines.join('\n'), place: shown }
}

function finderOf({ map, fileName }: SourceOrigin): FindPlace {
  return map === null ? (line, column) => ({ source: fileName, line, column }) : readMap(map)
}

function pointSyntaxError(failure: Failure, origin: SourceOrigin): Failure {
  const { message } = failure
  const position = SYNTAX_ERROR.exec(message) ?? BUNDLER_ERROR.exec(message) ?? STRIP_ERROR.exec(message)
  if (position === null) return failure
  const { file, line, column } = position.groups ?? {}
  const given: Place = { source: file ?? origin.fileName, line: Number(line), column: Number(column) }
  const isOfBundle = origin.map !== null && file === origin.fileName
  const place = isOfBundle ? finderOf(origin)(given.line, given.column) : given
  if (place === null) return failure
  const where = `${clip(place.source)}:${place.line}:${place.column}`
  const mapped = isOfBundle
    ? `${message.slice(0, position.index)} at line ${place.line}, column ${place.column} (${where})`
    : message
  const frame = frameOf(place, origin)
  return { ...failure, message: mapped, ...(frame === null ? {} : { stack: frame }) }
}

function frameOf({ source, line, column }: Place, { textOf }: SourceOrigin): string | null {
  const text = textOf(source)
  const frame = text === undefined ? null : codeFrame(text, line, column)
  return frame === null ? null : `${clip(source)}:${line}:${column}\n${frame}`
}

function clip(source: string): string {
  return source.length <= MAX_SOURCE_CHARACTERS ? source : `…${source.slice(-MAX_SOURCE_CHARACTERS)}`
}
