// Where a bundled script leaves its exports.
import { MODULE_EXPORTS_GLOBAL } from '../bridge.ts'
import { getGlobal, getOwnPropertyDescriptor, isObject, objectCreate } from '../intrinsics.ts'

/** What a bundled script has left; an object without members when it has left nothing. */
export function bundleExports(): object {
  const exported = getOwnPropertyDescriptor(getGlobal(), MODULE_EXPORTS_GLOBAL)?.value as unknown
  return isObject(exported) ? exported : (objectCreate(null) as object)
}
