// The failures of the bundler tool as values that a client can act on.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import type { BundleProblem, FromBundleTool } from '../ipc/bundle-messages.ts'
import { describeToolEnd } from './describe-tool-end.ts'
import type { ProcessEnd } from './tool-process.ts'

export interface BundleLimits {
  readonly inputBytes: number
  readonly outputBytes: number
  readonly deadlineMs: number
  readonly residentMb: number
}

export const BUNDLER_STOPPED: Failure = {
  code: 'DRAINING',
  message: 'The bundler is stopped and takes no more modules.',
}

export const BUNDLER_UNAVAILABLE: Failure = {
  code: 'EXECUTORS_UNAVAILABLE',
  message: 'No bundler tool process can be started.',
}

/** `a/b.ts:3:5: 'fs' is a module of Node.js, …` */
export function describeProblem({ text, file, line, column }: BundleProblem): string {
  const place = [file, line, column].filter((part) => part !== null).join(':')
  const sentence = /[.!?]$/u.test(text) ? text : `${text}.`
  return place === '' ? sentence : `${place}: ${sentence}`
}

/** One problem a line. */
export function describeProblems(problems: readonly BundleProblem[]): Failure {
  return { code: 'COMPILE_FAILED', message: problems.map(describeProblem).join('\n') }
}

/** The failure for a module with files, or a bundle, over the bound. */
export function describeTooMuch(
  { side, used }: Pick<Extract<FromBundleTool, { type: 'too-large' }>, 'side' | 'used'>,
  file: string,
  limits: BundleLimits,
): Failure {
  const limit = side === 'input' ? limits.inputBytes : limits.outputBytes
  const what = side === 'input' ? 'the files that it imports are at least' : 'the bundle is'
  const message = `${file}: ${what} ${groupDigits(used)} bytes; the limit is ${groupDigits(limit)}.`
  return { code: 'LIMIT_TRANSPILE', message, limit, used }
}

/** The failure for a module during which the tool process ended. */
export function describeBundlerEnd(end: ProcessEnd, file: string, limits: BundleLimits): Failure {
  return describeToolEnd(end, limits, {
    codes: { limit: 'LIMIT_TRANSPILE', work: 'COMPILE_FAILED' },
    work: `${file}: bundling`,
    killed: `${file}: the bundler was killed while it worked on it`,
    culprit: `${file}: it`,
    tool: 'the bundler',
    asked: BUNDLER_STOPPED,
  })
}
