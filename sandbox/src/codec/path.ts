// Where in a result a value stands, kept while encoding and written out only for an error.
import { fromCharCode, jsonStringify, regExpExec, setPrototypeOf, stringSlice, toText } from '../intrinsics.ts'
import type { CodecError } from './codec-error.ts'
import { encodeError, isCodecError } from './codec-error.ts'

/** How a value is reached from the one that holds it. */
export const STEP = { property: 0, index: 1, mapValue: 2, mapKey: 3, setElement: 4 } as const

/** `keys[depth]` leads from the container at `depth` to its member, in the way that `steps[depth]` says. */
export interface Path {
  readonly keys: unknown[]
  readonly steps: number[]
}

const MAX_NAME_CHARACTERS = 80
/** Steps that are shown at the beginning and at the end of a long path. */
const MAX_SHOWN_STEPS = 8

export function createPath(): Path {
  const path: Path = { keys: [], steps: [] }
  // Without prototypes: what is stored asks nobody.
  setPrototypeOf(path.keys, null)
  setPrototypeOf(path.steps, null)
  return path
}

/** An error about the value at the end of the first `depth` steps; `says` ends the sentence. */
export function refuse({ keys, steps }: Path, depth: number, says: string): CodecError {
  let text = 'result'
  for (let index = 0; index < depth; index += 1) {
    if (index === MAX_SHOWN_STEPS && depth > 2 * MAX_SHOWN_STEPS) {
      text += '…'
      index = depth - MAX_SHOWN_STEPS
    }
    text += describeStep(steps[index] as number, keys[index])
  }
  return encodeError(`${text} ${says}`)

  function describeStep(step: number, key: unknown): string {
    switch (step) {
      case STEP.property:
        return regExpExec(/^[A-Za-z_$][\w$]*$/, key as string) === null || (key as string).length > MAX_NAME_CHARACTERS
          ? `[${show(key)}]`
          : `.${key as string}`
      case STEP.index:
        return `[${toText(key)}]`
      case STEP.mapValue:
        return `.get(${show(key)})`
      case STEP.mapKey:
        return `.keys()[${toText(key)}]`
      default:
        return `.values()[${toText(key)}]`
    }
  }

  /** Runs no code of the guest: only primitives are shown. */
  function show(value: unknown): string {
    if (typeof value === 'string') {
      const isLong = value.length > MAX_NAME_CHARACTERS
      return jsonStringify(isLong ? stringSlice(value, 0, MAX_NAME_CHARACTERS) + fromCharCode(0x2026) : value)
    }
    if (typeof value === 'object' || typeof value === 'function') return value === null ? 'null' : 'an object'
    return typeof value === 'bigint' ? 'a bigint' : toText(value)
  }
}

/** What a codec throws for anything thrown while it read the guest's value: a getter, a trap, a `toJSON`. */
export function explainThrown(thrown: unknown, path: Path, depth: number): CodecError {
  if (isCodecError(thrown)) return thrown
  let message = ''
  try {
    const given = (thrown as { readonly message?: unknown } | null)?.message ?? thrown
    if (typeof given === 'string' && given !== '') message = `: ${stringSlice(given, 0, 500)}`
  } catch {
    // The guest does not want it to be read.
  }
  return refuse(path, depth, `threw while it was read${message}`)
}
