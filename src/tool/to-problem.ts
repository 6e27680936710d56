// What the bundler says of a source, as a sentence with its place.
import { isBuiltin } from 'node:module'
import type { Message } from 'esbuild'
import type { BundleProblem } from '../ipc/bundle-messages.ts'

/** Further ones are not told. */
export const MAX_PROBLEMS = 20
const MAX_TEXT_CHARACTERS = 1_024
const NOT_RESOLVED = /^Could not resolve "(.+)"$/u

export function toProblem({ text, location }: Message): BundleProblem {
  const wanted = NOT_RESOLVED.exec(text)?.[1]
  const sentence =
    wanted === undefined
      ? text
      : isBuiltin(wanted)
        ? `'${wanted}' is a module of Node.js, which there is not in the sandbox`
        : `'${wanted}' cannot be found`
  const clipped = sentence.slice(0, MAX_TEXT_CHARACTERS)
  if (location === null) return { text: clipped, file: null, line: null, column: null }
  // Columns are bytes of UTF-8 there.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString()
  return {
    text: clipped,
    file: location.file.slice(0, MAX_TEXT_CHARACTERS),
    line: location.line,
    column: before.length + 1,
  }
}
