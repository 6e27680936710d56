// What stands for a module of Node.js that there is not: nothing happens until it is used, and then it says what is missing.

const SILENT: ReadonlySet<PropertyKey> = new Set(['then', 'toJSON', '__esModule', '$$typeof', 'nodeType'])

/**
 * Packages import what they use in one of several environments only, and ask what is there before they use it. Whatever is
 * called, or made with `new`, throws; so does what is called of its members, at any depth.
 */
function standIn(path: string, why: string): unknown {
  const fail = (): never => {
    throw new Error(`${path} is not available: ${why}`)
  }
  return new Proxy(function absent() {}, {
    get(target, key) {
      if (typeof key === 'symbol' || SILENT.has(key)) return undefined
      if (key === 'prototype') return target.prototype as unknown
      return key === 'name' ? path : standIn(`${path}.${key}`, why)
    },
    apply: fail,
    construct: fail,
  })
}

/** A module: an object of its own, since bundlers copy what it lists and inherit the rest. */
export function absentModule(name: string, why: string): object {
  return Object.create(standIn(name, why) as object) as object
}
