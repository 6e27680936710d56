// The globals that a pickle may name, and what calling them gives: constructors of data and nothing else.
import { isArray, objectKeys, stringSlice, stringStartsWith } from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import type { Globals, Reconstruct } from './call-arguments.ts'
import { createArrayGlobals } from './decode-array.ts'
import { buildUuid, createBuiltinGlobals } from './decode-builtins.ts'
import { createDatetimeGlobals } from './decode-datetime.ts'
import { createNumpyGlobals } from './decode-numpy.ts'
import type { NumpyGlobals } from './decode-numpy.ts'
import type { Machine } from './machine.ts'
import { createToken, tokenOf } from './tokens.ts'

/** Made when a pickle first names one of their globals. */
let builtins: Globals | undefined
let datetime: Globals | undefined
let arrays: Globals | undefined
let numpy: NumpyGlobals | undefined

const RECONSTRUCTOR = 'copyreg._reconstructor'

/** Null for a class that may only be named, undefined for what is not in the table. */
function reconstructorOf(name: string): Reconstruct | null | undefined {
  if (name === RECONSTRUCTOR) return reconstruct
  if (stringStartsWith(name, 'datetime.')) return (datetime ??= createDatetimeGlobals())[name]
  if (stringStartsWith(name, 'array.')) return (arrays ??= createArrayGlobals())[name]
  if (stringStartsWith(name, 'numpy.')) return (numpy ??= createNumpyGlobals()).globals[name]
  return (builtins ??= createBuiltinGlobals())[name]
}

const MAX_SHOWN_CHARACTERS = 200

/** The token of a global, if the table has it. */
export function findGlobal(module: unknown, name: unknown): unknown {
  if (typeof module !== 'string' || typeof name !== 'string') throw decodeError('STACK_GLOBAL requires str')
  const known = currentName(`${module}.${name}`)
  if (reconstructorOf(known) === undefined) {
    throw decodeError(
      `The pickle refers to ${stringSlice(`${module}.${name}`, 0, MAX_SHOWN_CHARACTERS)}, which is not accepted: ` +
        'only plain data can be decoded',
    )
  }
  return createToken({ kind: 'global', name: known })
}

/** What Python 2 and older numpy call by another name. */
function currentName(name: string): string {
  if (stringStartsWith(name, '__builtin__.')) {
    const rest = stringSlice(name, 12)
    const renamed = rest === 'long' ? 'int' : rest === 'unicode' ? 'str' : rest === 'xrange' ? 'range' : rest
    return `builtins.${renamed}`
  }
  if (stringStartsWith(name, 'copy_reg.')) return `copyreg.${stringSlice(name, 9)}`
  if (stringStartsWith(name, 'numpy.core.')) return `numpy._core.${stringSlice(name, 11)}`
  return name
}

/** REDUCE. */
export function callGlobal(machine: Machine, callable: unknown, args: unknown, origin: number): unknown {
  const token = tokenOf(callable)
  if (token?.kind !== 'global') throw decodeError('REDUCE needs a class or function')
  const reconstructor = reconstructorOf(token.name)
  if (reconstructor === null || reconstructor === undefined) throw decodeError(`${token.name} cannot be called here`)
  const value = reconstructor(itemsOf(args), machine, origin)
  if (value === undefined) throw decodeError(`${token.name} has arguments that are not those of data`)
  return value
}

/** NEWOBJ: what a class makes of the arguments, or a UUID that waits for its state. */
export function createObject(machine: Machine, type: unknown, args: unknown, origin: number): unknown {
  const token = tokenOf(type)
  const isUuid = token?.kind === 'global' && token.name === 'uuid.UUID' && itemsOf(args).length === 0
  return isUuid ? createToken({ kind: 'uuid' }) : callGlobal(machine, type, args, origin)
}

/** `copyreg._reconstructor(cls, object, None)`: NEWOBJ as protocols 0 and 1 write it. */
function reconstruct(args: readonly unknown[], machine: Machine, origin: number): unknown {
  return createObject(machine, args[0], [], origin)
}

/** BUILD: what becomes of an object with its state; the object itself if it only changes. */
export function buildState(object: unknown, state: unknown): unknown {
  const token = tokenOf(object)
  switch (token?.kind) {
    case 'uuid':
      return buildUuid(state)
    case 'ndarray': {
      const { buildNdarray } = (numpy ??= createNumpyGlobals())
      return buildNdarray(itemsOf(state))
    }
    case 'dtype': {
      const { buildDtype } = (numpy ??= createNumpyGlobals())
      buildDtype(token, itemsOf(state))
      return object
    }
    default:
      throw decodeError('BUILD: attributes of an object cannot be decoded')
  }
}

export function checkNoKeywords(keywords: unknown): void {
  if (typeof keywords !== 'object' || keywords === null || objectKeys(keywords).length > 0) {
    throw decodeError('NEWOBJ_EX: keyword arguments are not accepted')
  }
}

/** The items of a tuple, which is a token itself if it holds one. */
function itemsOf(tuple: unknown): readonly unknown[] {
  const token = tokenOf(tuple)
  if (token?.kind === 'tuple') return token.items
  if (!isArray(tuple)) throw decodeError('The arguments of a call are not a tuple')
  return tuple
}
