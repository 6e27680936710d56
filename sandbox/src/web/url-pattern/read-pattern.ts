// What the pattern of one component consists of, for those that stand for one text once each name has a value.
import { regExpExec, stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'

export interface PatternVisitor {
  /** What is there as it is, encoded already. */
  readonly text: (text: string) => void
  readonly name: (name: string) => void
}

/** An identifier of ECMAScript, at the beginning. */
export const NAME = /^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*/u

/**
 * Tells in order what there is in a pattern as `URLPattern` gives it back, which is well-formed.
 * Throws a TypeError for what may stand for several texts: wildcards, expressions, and what is there any number of times.
 */
export function readPattern(pattern: string, { text, name }: PatternVisitor): void {
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at] as string
    const next = pattern[at + 1]
    if (character === '\\' && next !== undefined) {
      text(next)
      at += 2
    } else if (character === ':') {
      const found = regExpExec(NAME, stringSlice(pattern, at + 1))?.[0] ?? ''
      if (found === '') throw new TypeErrorIntrinsic('URLPattern.generate: the pattern has a group without a name')
      at += 1 + found.length
      refuse(pattern, at)
      name(found)
    } else if (character === '{') at++
    else if (character === '}') refuse(pattern, ++at)
    else {
      refuse(pattern, at)
      text(character)
      at++
    }
  }
}

/** An expression behind a name, a wildcard, or how often something is there. */
function refuse(pattern: string, at: number): void {
  if (at >= pattern.length || regExpExec(/[*+?(]/, pattern[at] as string) === null) return
  throw new TypeErrorIntrinsic('URLPattern.generate: the pattern of the component stands for more than one text')
}
