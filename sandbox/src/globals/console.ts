// The console of the guest: the methods. What they write is made in `console-calls.ts`, except plain text.
import {
  apply,
  defineProperty,
  mathMax,
  mathMin,
  objectCreate,
  objectIs,
  objectPrototype,
  setPrototypeOf,
  stringIndexOf,
  symbolToStringTag,
  toText,
} from '../intrinsics.ts'
import type { ConsoleCalls } from './console-calls.ts'

const GROUP_WIDTH = 2
const MAX_GROUP_WIDTH = 1_000
/** Longer texts are left to the one place that bounds them. */
const MAX_PLAIN_CHARACTERS = 16 * 1024

/**
 * An object with the methods of the WHATWG console. They need no `this`, throw nothing but what the `toString` of a label throws, and hand
 * `write` whole lines that end in a line feed: at most one text for each call, of a bounded length.
 */
export function createConsole(write: (text: string) => void, loadCalls: () => ConsoleCalls): object {
  let calls: ConsoleCalls | undefined
  let groupWidth = 0

  /** Whatever throws in here is the guest's stack at its end, or `write`. There is nobody to tell. */
  function print<Name extends keyof ConsoleCalls>(name: Name, ...args: Parameters<ConsoleCalls[Name]>): void {
    try {
      calls ??= loadCalls()
      const text = apply(calls[name] as (...args: unknown[]) => string | undefined, undefined, args)
      if (text === undefined) return
      const { indent } = calls
      write(`${groupWidth === 0 ? text : indent(text, groupWidth)}\n`)
    } catch {}
  }

  function log(data: readonly unknown[]): void {
    const text = groupWidth === 0 ? plainText(data) : undefined
    if (text === undefined) return print('log', data)
    try {
      write(`${text}\n`)
    } catch {}
  }

  function openGroup(data: readonly unknown[]): void {
    if (data.length > 0) log(data)
    groupWidth = mathMin(groupWidth + GROUP_WIDTH, MAX_GROUP_WIDTH)
  }

  // Parameters with a default do not count in the `length` of a method, which is 0 in every console.
  const methods = {
    log(...data: unknown[]) {
      log(data)
    },
    info(...data: unknown[]) {
      log(data)
    },
    debug(...data: unknown[]) {
      log(data)
    },
    warn(...data: unknown[]) {
      log(data)
    },
    error(...data: unknown[]) {
      log(data)
    },
    dirxml(...data: unknown[]) {
      log(data)
    },
    trace(...data: unknown[]) {
      print('trace', data, trace)
    },
    assert(condition: unknown = false, ...data: unknown[]) {
      if (!condition) print('assert', data)
    },
    dir(item: unknown = undefined, options: unknown = undefined) {
      print('dir', item, options)
    },
    table(data: unknown = undefined, columns: unknown = undefined) {
      print('table', data, columns)
    },
    count(label: unknown = undefined) {
      print('count', toLabel(label))
    },
    countReset(label: unknown = undefined) {
      print('countReset', toLabel(label))
    },
    time(label: unknown = undefined) {
      print('time', toLabel(label))
    },
    timeLog(label: unknown = undefined, ...data: unknown[]) {
      print('timeLog', toLabel(label), data)
    },
    timeEnd(label: unknown = undefined) {
      print('timeEnd', toLabel(label))
    },
    group(...data: unknown[]) {
      openGroup(data)
    },
    groupCollapsed(...data: unknown[]) {
      openGroup(data)
    },
    groupEnd() {
      groupWidth = mathMax(groupWidth - GROUP_WIDTH, 0)
    },
    // There is no screen to clear and no profiler to tell.
    clear() {},
    profile() {},
    profileEnd() {},
    timeStamp() {},
  }
  const { trace } = methods
  setPrototypeOf(methods, objectCreate(objectPrototype))
  defineProperty(methods, symbolToStringTag, {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    value: 'console',
    writable: false,
    enumerable: false,
    configurable: true,
  })
  return methods
}

/** Runs the guest's `toString` where the label is an object: what that throws is for the caller, as in the standard. */
const toLabel = (label: unknown): string => (label === undefined ? 'default' : toText(label))

/** Texts and simple primitives without directives; undefined for everything that takes more than joining. */
function plainText(data: readonly unknown[]): string | undefined {
  let text = ''
  for (let index = 0; index < data.length; index++) {
    const value = data[index]
    if (index > 0) text += ' '
    if (typeof value === 'string') text += value
    else if (typeof value === 'number') text += objectIs(value, -0) ? '-0' : `${value}`
    else if (typeof value === 'boolean' || value === undefined || value === null) text += `${value}`
    else return undefined
    if (text.length > MAX_PLAIN_CHARACTERS) return undefined
  }
  const first = data.length > 1 ? data[0] : undefined
  return typeof first === 'string' && stringIndexOf(first, '%') !== -1 ? undefined : text
}
