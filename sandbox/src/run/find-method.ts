// Finds the method of a class that a call names, on the one instance that this isolate has of the class.
import { OP } from '../bridge.ts'
import type { CallHeader } from '../bridge.ts'
import { construct, functionPrototypes, objectCreate, objectPrototype, ProxyIntrinsic } from '../intrinsics.ts'
import type { CallInput } from './bind-arguments.ts'
import type { ModuleState } from './module-state.ts'
import type { Signatures } from './signatures.ts'
import { fitArguments, foundTarget, noTarget } from './target.ts'
import type { NoTarget, Target } from './target.ts'

/** What upstream calls an instance itself by; in JavaScript a method `call`, or the instance if it is a function. */
const CALL_OPERATOR = '__call__'

interface Loaders {
  readonly loadSignatures: () => Signatures
  readonly loadModuleState: () => ModuleState
}

type Members = Readonly<Record<string, unknown>>

/**
 * Runs the constructor unless there is an instance already; what it throws is the guest's, and then there is none.
 * @param constructorInput undefined where a request has none: then the instance is made without arguments (protocol.md §5.3).
 */
export function findMethod(
  constructor: object,
  { name, method }: CallHeader,
  constructorInput: CallInput | undefined,
  { loadSignatures, loadModuleState }: Loaders,
): Target {
  if (method === undefined) return noTarget(OP.entryNotFound, name)
  const { instanceOf } = loadModuleState()
  let refused: NoTarget | undefined
  const instance = instanceOf(name, () => {
    const args = constructorArguments(constructor, name, constructorInput, loadSignatures)
    if ('found' in args) refused = args
    return 'found' in args ? undefined : construct(constructor as new () => object, args.list as unknown[])
  })
  if (instance === undefined) return refused ?? noTarget(OP.entryNotFound, name)
  const fn = lookUp(instance, method.name)
  if (typeof fn !== 'function')
    return noTarget(OP.entryNotFound, `Method '${method.name}' not found in class '${name}'`)
  return foundTarget(fn, instance, `${name}.${method.name}`)
}

function constructorArguments(
  constructor: object,
  name: string,
  input: CallInput | undefined,
  loadSignatures: () => Signatures,
): { readonly list: readonly unknown[] } | NoTarget {
  if (!isConstructor(constructor)) {
    return noTarget(OP.entryNotCallable, `'${name}' is not a class: it cannot be called with new`)
  }
  if (input === undefined) return listOf([])
  const args = fitArguments(constructor, name, input, { loadSignatures, isConstructor: true })
  return typeof args === 'string' ? noTarget(OP.argumentsMismatch, args) : listOf(args)
}

function listOf(list: readonly unknown[]): { readonly list: readonly unknown[] } {
  return { __proto__: null, list } as { readonly list: readonly unknown[] }
}

const CONSTRUCTS = { __proto__: null, construct: () => objectCreate(null) as object } as ProxyHandler<object>

/** A proxy can be called with `new` if what it stands for can; its own trap is what runs, and nothing of the guest. */
function isConstructor(value: object): boolean {
  try {
    construct(new ProxyIntrinsic(value, CONSTRUCTS) as new () => object, [])
    return true
  } catch {
    return false
  }
}

function lookUp(instance: object, name: string): unknown {
  const named = findMember(instance, name)
  if (name !== CALL_OPERATOR || typeof named === 'function') return named
  const { call } = instance as Members
  return typeof call === 'function' && call !== (functionPrototypes.plain as unknown as Members)['call']
    ? call
    : instance
}

/** What every object has is nobody's method: neither its constructor, nor what it inherits of `Object`. */
function findMember(instance: object, name: string): unknown {
  if (name === 'constructor') return undefined
  const value = (instance as Members)[name]
  return value === (objectPrototype as unknown as Members)[name] ? undefined : value
}
