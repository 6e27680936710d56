// The console of the guest: formats as Node's does and writes whole lines.
import { createBudget, DEFAULT_OPTIONS, MAX_CALL_CHARACTERS } from '../inspect/context.ts'
import type { Budget } from '../inspect/context.ts'
import { cutText, indentText } from '../inspect/cut.ts'
import { format, join } from '../inspect/format.ts'
import { listFrames, readStack, FRAME_START } from '../inspect/stack.ts'
import { formatTable } from '../inspect/table.ts'
import { inspect, readOptions } from '../inspect/value.ts'
import {
  arrayJoin,
  captureStackTrace,
  defineProperty,
  ErrorIntrinsic,
  installGlobal,
  mathMax,
  mathMin,
  objectCreate,
  objectPrototype,
  setPrototypeOf,
  stringIndexOf,
  stringSlice,
  symbolToStringTag,
} from '../intrinsics.ts'
import { count, createLabels, readTimer, resetCount, startTimer } from './console-labels.ts'

const GROUP_WIDTH = 2
const MAX_GROUP_WIDTH = 1_000

/**
 * An object with the methods of the WHATWG console. They need no `this`, never throw, whatever they are given, and hand
 * `write` whole lines that end in a line feed: at most one text for each call, of a bounded length.
 */
export function createConsole(write: (text: string) => void): object {
  const labels = createLabels()
  let groupWidth = 0

  /** Whatever throws in here is the guest's stack at its end, or `write`. There is nobody to tell. */
  function print(makeText: (budget: Budget) => string | undefined): void {
    try {
      const budget = createBudget()
      const text = makeText(budget)
      if (text === undefined) return
      const lines = cutText(text, budget)
      write(`${groupWidth === 0 ? lines : indentText(lines, groupWidth)}\n`)
    } catch {}
  }

  const log = (args: readonly unknown[]): void => print((budget) => format(args, budget))

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
      print((budget) => describeTrace(format(data, budget), trace))
    },
    // Parameters with a default do not count in the `length` of a method, which is 0 in every console.
    assert(condition: unknown = false, ...data: unknown[]) {
      if (condition) return
      const separator = data.length === 0 ? '' : typeof data[0] === 'string' ? ': ' : ' '
      print((budget) => `Assertion failed${separator}${format(data, budget)}`)
    },
    dir(item: unknown = undefined, options: unknown = undefined) {
      print((budget) => inspect(item, readOptions(options, false), budget))
    },
    table(data: unknown = undefined, columns: unknown = undefined) {
      print((budget) => describeTable(data, columns, budget))
    },
    count(label: unknown = undefined) {
      print(() => count(labels, label))
    },
    countReset(label: unknown = undefined) {
      print(() => resetCount(labels, label))
    },
    time(label: unknown = undefined) {
      print(() => startTimer(labels, label))
    },
    timeLog(label: unknown = undefined, ...data: unknown[]) {
      print((budget) => {
        const text = readTimer(labels, label, 'timeLog')
        return data.length === 0 ? text : `${text} ${join(data, 0, budget)}`
      })
    },
    timeEnd(label: unknown = undefined) {
      print(() => readTimer(labels, label, 'timeEnd'))
    },
    group(...data: unknown[]) {
      if (data.length > 0) log(data)
      groupWidth = mathMin(groupWidth + GROUP_WIDTH, MAX_GROUP_WIDTH)
    },
    groupCollapsed(...data: unknown[]) {
      if (data.length > 0) log(data)
      groupWidth = mathMin(groupWidth + GROUP_WIDTH, MAX_GROUP_WIDTH)
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

/** The frames above the method, which the guest's own `Error.prepareStackTrace` may have made. */
function describeTrace(message: string, method: object): string {
  const header = message === '' ? 'Trace' : `Trace: ${message}`
  const error = new ErrorIntrinsic()
  captureStackTrace(error, method)
  const stack = readStack(error)
  const framesAt = typeof stack === 'string' ? stringIndexOf(stack, FRAME_START) : -1
  if (framesAt === -1) return header
  const frames = listFrames(stringSlice(stack, framesAt + 1, framesAt + MAX_CALL_CHARACTERS))
  return frames.length === 0 ? header : `${header}\n${arrayJoin(frames, '\n')}`
}

function describeTable(data: unknown, columns: unknown, budget: Budget): string {
  if (typeof data === 'object' && data !== null) {
    try {
      return formatTable(data, columns, budget)
    } catch {
      // A proxy that does not let itself be taken apart is shown as it is.
    }
  }
  return typeof data === 'string' ? data : inspect(data, DEFAULT_OPTIONS, budget)
}

/** Takes the place of V8's own console, which writes nowhere. */
export function installConsole(write: (text: string) => void): void {
  installGlobal('console', createConsole(write))
}
