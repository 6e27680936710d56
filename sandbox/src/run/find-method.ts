// Finds the method of a class that a call names, on an instance that is made for it or kept for every call.
import { OP } from '../bridge.ts'
import type { CallHeader } from '../bridge.ts'
import { construct, objectPrototype } from '../intrinsics.ts'
import type { CallInput } from './bind-arguments.ts'
import type { ModuleState } from './module-state.ts'
import type { Signatures } from './signatures.ts'
import { fitArguments, foundTarget, noTarget } from './target.ts'
import type { Target } from './target.ts'

/** What upstream calls an instance itself by; in JavaScript a method `call`, or the instance if it is a function. */
const CALL_OPERATOR = '__call__'

/**
 * Runs the constructor unless there is an instance already; what it throws is the guest's. An instance that is kept is made
 * without arguments (protocol.md §5.3).
 */
export function findMethod(
  constructor: object,
  { name, method }: CallHeader,
  constructorInput: CallInput | undefined,
  { signatures, moduleState }: { readonly signatures: Signatures; readonly moduleState: ModuleState },
): Target {
  if (method === undefined) return noTarget(OP.entryNotFound, name)
  let args: readonly unknown[] | string = []
  if (method.instance === 'new' && constructorInput !== undefined) {
    args = fitArguments(constructor, name, constructorInput, { signatures, isConstructor: true })
    if (typeof args === 'string') return noTarget(OP.argumentsMismatch, args)
  }
  const create = (): object => construct(constructor as new () => object, args as unknown[])
  const { instanceOf } = moduleState
  const instance = method.instance === 'kept' ? instanceOf(name, create) : create()
  const fn = lookUp(instance, method.name)
  if (typeof fn !== 'function')
    return noTarget(OP.entryNotFound, `Method '${method.name}' not found in class '${name}'`)
  return foundTarget(fn, instance, `${name}.${method.name}`)
}

function lookUp(instance: object, name: string): unknown {
  const named = findMember(instance, name)
  if (name !== CALL_OPERATOR || typeof named === 'function') return named
  const { call } = instance as Readonly<Record<string, unknown>>
  return typeof call === 'function' && typeof instance !== 'function' ? call : instance
}

/** What every object has is nobody's method: neither its constructor, nor what it inherits of `Object`. */
function findMember(instance: object, name: string): unknown {
  if (name === 'constructor') return undefined
  const value = (instance as Readonly<Record<string, unknown>>)[name]
  return value === (objectPrototype as Readonly<Record<string, unknown>>)[name] ? undefined : value
}
