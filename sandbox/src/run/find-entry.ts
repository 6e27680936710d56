// Finds the function that a request names: in the namespace of the submitted module, or among the bindings of a script.
import { APPENDED_EXPORT } from '../bridge.ts'
import { getGlobal, getOwnPropertyDescriptor, globalEval, objectHasOwn } from '../intrinsics.ts'

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

/** What the language defines is not enumerable, or inherited; what a script declares is neither, or not there at all. */
function isBuiltIn(name: string, value: unknown): boolean {
  const all = getGlobal() as Readonly<Record<string, unknown>>
  const own = getOwnPropertyDescriptor(all, name)
  if (own === undefined) return value !== undefined && all[name] === value
  return own.enumerable === false && own.value === value
}
