// What the functions of this isolate take, read once for each function however often it is called.
import { WeakMapIntrinsic, weakMapGet, weakMapSet } from '../intrinsics.ts'
import { readConstructorParameters, readParameters } from './parameters.ts'
import type { LoadParser, ParametersResult, Parser } from './parameters.ts'

export type ReadParameters = (fn: object) => ParametersResult

export interface Signatures {
  readonly ofFunction: ReadParameters
  readonly ofConstructor: ReadParameters
}

/** @param loadParser called at most once, and only for a function whose head is not plain. */
export function createSignatures(loadParser: LoadParser): Signatures {
  let parser: Parser | undefined
  let known: WeakMap<object, ParametersResult> | undefined
  const load: LoadParser = () => (parser ??= loadParser())

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    ofFunction(fn) {
      // Not made with the snapshot: most isolates run one call, which may name no argument.
      known ??= new WeakMapIntrinsic()
      const before = weakMapGet(known, fn)
      if (before !== undefined) return before
      const result = readParameters(fn, load)
      weakMapSet(known, fn, result)
      return result
    },
    // Not kept: a class may be given another parent, whose constructor it then has.
    ofConstructor: (fn) => readConstructorParameters(fn, load),
  }
}
