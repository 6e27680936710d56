// The failures of the TypeScript tool as values that a client can act on.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import type { FromStripTool } from '../ipc/strip-messages.ts'
import type { ToolWords } from './describe-tool-end.ts'

type Rejected = Extract<FromStripTool, { type: 'rejected' }>

export const CANCELLED: Failure = {
  code: 'CANCELLED',
  message: 'The request was cancelled before the types of its TypeScript source were removed.',
}

export const DRAINING: Failure = {
  code: 'DRAINING',
  message: 'The service is shutting down and takes no more TypeScript.',
}

export const UNAVAILABLE: Failure = {
  code: 'EXECUTORS_UNAVAILABLE',
  message: 'No TypeScript tool process can be started; the log says why.',
}

/** What to write instead, by a word of the stripper's reason. */
const HINTS: readonly (readonly [word: RegExp, hint: string])[] = [
  [/\benum\b/, "Use an object with 'as const', or a union of string literals."],
  [/\bnamespace\b/, 'Use an object, or top-level declarations.'],
  [/\bparameter property\b/, 'Declare the field in the class and assign it in the constructor.'],
  [/\bimport equals\b/, "Use 'import … from …'."],
  [/\bexport assignment\b/, "Use 'export default'."],
]

/** The stripper advises to write a namespace instead, which it refuses as well. */
const MODULE_REASON = '`module` keyword is not supported'
const NAMESPACE_REASON = 'TypeScript namespace declaration is not supported in strip-only mode'

const GENERAL_HINT = 'Types are removed and no code is generated.'

/** The failure for a source that the tool answered with a refusal. */
export function describeRejection({ rejection, reason, line, column }: Rejected): Failure {
  const place = line === null ? '' : `line ${line}, column ${column ?? 1}: `
  switch (rejection) {
    case 'invalid':
      return { code: 'COMPILE_FAILED', message: `${place}${reason}` }
    case 'unsupported': {
      const clear = reason.startsWith(MODULE_REASON) ? NAMESPACE_REASON : reason
      const hint = HINTS.find(([word]) => word.test(clear))?.[1] ?? GENERAL_HINT
      return { code: 'COMPILE_FAILED', message: `${place}${endSentence(clear)} ${hint}` }
    }
    case 'broken':
      return {
        code: 'COMPILE_FAILED',
        message: `The TypeScript source makes the type stripper fail (${reason}); it is nested too deeply, or it hits a defect of the stripper.`,
      }
    default:
      return rejection satisfies never
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** The place of the first lone surrogate, which UTF-8 cannot hold and the stripper would silently replace. */
export function describeLoneSurrogate(source: string): Failure {
  const before = source.slice(0, source.search(/\p{Surrogate}/u)).split(/\r\n?|\n/)
  return {
    code: 'COMPILE_FAILED',
    message: `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: The TypeScript source holds half of a surrogate pair; write it as an escape.`,
  }
}

/** The failure for a source that is larger than the tool is given. */
export function describeTooLarge(used: number, limit: number): Failure {
  const message = `The TypeScript source is ${groupDigits(used)} bytes; the limit is ${groupDigits(limit)}.`
  return { code: 'LIMIT_TRANSPILE', message, limit, used }
}

/** For `describeToolEnd`. */
export const STRIPPER_WORDS: ToolWords = {
  codes: { limit: 'LIMIT_TRANSPILE', work: 'COMPILE_FAILED' },
  work: 'Removing the types from the TypeScript source',
  killed: 'The type stripper was killed while it worked on the TypeScript source',
  culprit: 'The TypeScript source',
  tool: 'the type stripper',
  asked: DRAINING,
}
