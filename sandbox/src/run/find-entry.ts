// Finds the function that a request names: in the namespace of the submitted module, or among the bindings of a script.
import { APPENDED_EXPORT } from '../bridge.ts'
import {
  functionToString,
  getGlobal,
  getOwnPropertyDescriptor,
  globalEval,
  installedGlobals,
  objectHasOwn,
  stringIndexOf,
} from '../intrinsics.ts'

export type Entry = { readonly found: true; readonly value: unknown } | { readonly found: false }

const NOT_FOUND: Entry = { found: false }

/** `name` is one identifier. May run a getter that the guest put on the global object; what that throws is the guest's. */
export function findEntry(name: string, namespace: object | undefined): Entry {
  return namespace === undefined ? findBinding(name) : findExport(name, namespace)
}

function findExport(name: string, namespace: object): Entry {
  const exports = namespace as Readonly<Record<string, unknown>>
  if (objectHasOwn(namespace, APPENDED_EXPORT)) return { found: true, value: exports[APPENDED_EXPORT] }
  return objectHasOwn(namespace, name) ? { found: true, value: exports[name] } : NOT_FOUND
}

function findBinding(name: string): Entry {
  let value: unknown
  try {
    // Indirect: it sees the script's `const`, `let` and `class` bindings, which are not on the global object.
    value = globalEval(name)
  } catch {
    return NOT_FOUND
  }
  return isBuiltIn(name, value) ? NOT_FOUND : { found: true, value }
}

/**
 * What the language and the guest program define is not enumerable, or inherited; what a script declares is neither, or not
 * there at all. A `var` of a name that is taken stays as enumerable as that was: then its function is not one of those.
 */
function isBuiltIn(name: string, value: unknown): boolean {
  const all = getGlobal() as Readonly<Record<string, unknown>>
  const own = getOwnPropertyDescriptor(all, name)
  if (own === undefined) return value !== undefined && all[name] === value
  if (objectHasOwn(own, 'get')) return installedGlobals[name] === own.get
  if (own.enumerable !== false || own.value !== value) return false
  return typeof value !== 'function' || installedGlobals[name] === value || isNative(value)
}

function isNative(value: object): boolean {
  return stringIndexOf(functionToString(value), '{ [native code] }') !== -1
}
