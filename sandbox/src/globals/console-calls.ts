// What the methods of the console write, as bounded texts without the last line feed.
// Made at first use: a program that prints nothing but text has no need of it, and every function costs when isolates start.
import { createBudget, DEFAULT_OPTIONS, MAX_CALL_CHARACTERS } from '../inspect/context.ts'
import type { Budget } from '../inspect/context.ts'
import { cutText, indentText } from '../inspect/cut.ts'
import { describeDetails } from '../inspect/details.ts'
import { format, join } from '../inspect/format.ts'
import { joinTexts } from '../inspect/list.ts'
import { FRAME_START, listFrames, readStack } from '../inspect/stack.ts'
import { formatTable } from '../inspect/table.ts'
import { inspect, readOptions } from '../inspect/value.ts'
import { captureStackTrace, ErrorIntrinsic, stringIndexOf, stringSlice } from '../intrinsics.ts'
import { count, createLabels, readTimer, resetCount, startTimer } from './console-labels.ts'

/** Undefined stands for nothing to write. */
type Text = string | undefined

export interface ConsoleCalls {
  readonly log: (data: readonly unknown[]) => Text
  /** `method` is where the stack begins. */
  readonly trace: (data: readonly unknown[], method: object) => Text
  readonly assert: (data: readonly unknown[]) => Text
  readonly dir: (item: unknown, options: unknown) => Text
  readonly table: (data: unknown, columns: unknown) => Text
  readonly count: (label: string) => Text
  readonly countReset: (label: string) => Text
  readonly time: (label: string) => Text
  readonly timeLog: (label: string, data: readonly unknown[]) => Text
  readonly timeEnd: (label: string) => Text
  /** Moves all lines of a text to the right. */
  readonly indent: (text: string, width: number) => Text
  /** What an error has beside its stack, for its failure text; the console itself has no use for it. */
  readonly details: (error: object) => Text
}

/** What one console can do, with counts and timers of its own. The functions throw at the end of the stack only. */
export function loadConsoleCalls(): ConsoleCalls {
  const labels = createLabels()
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    log: (data) => bounded((budget) => format(data, budget)),
    trace: (data, method) => bounded((budget) => describeTrace(format(data, budget), method)),
    assert: (data) => bounded((budget) => describeAssertion(data, budget)),
    dir: (item, options) => bounded((budget) => inspect(item, readOptions(options, false), budget)),
    table: (data, columns) => bounded((budget) => describeTable(data, columns, budget)),
    count: (label) => bounded(() => count(labels, label)),
    countReset: (label) => bounded(() => resetCount(labels, label)),
    time: (label) => bounded(() => startTimer(labels, label)),
    timeLog: (label, data) =>
      bounded((budget) => {
        const text = readTimer(labels, label, 'timeLog')
        return data.length === 0 ? text : `${text} ${join(data, 0, budget)}`
      }),
    timeEnd: (label) => bounded(() => readTimer(labels, label, 'timeEnd')),
    indent: indentText,
    details: describeDetails,
  }
}

function bounded(makeText: (budget: Budget) => Text): Text {
  const budget = createBudget()
  const text = makeText(budget)
  return text === undefined ? undefined : cutText(text, budget)
}

function describeAssertion(data: readonly unknown[], budget: Budget): string {
  const separator = data.length === 0 ? '' : typeof data[0] === 'string' ? ': ' : ' '
  return `Assertion failed${separator}${format(data, budget)}`
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
  return frames.length === 0 ? header : `${header}\n${joinTexts(frames, '\n')}`
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
