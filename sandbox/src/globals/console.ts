// The console: what Node's prints for common values, as text into the log of the request. No method ever throws.
import { createBudget } from '../inspect/context.ts'
import { format } from '../inspect/format.ts'
import { indentLines } from '../inspect/lines.ts'
import { formatTable } from '../inspect/table.ts'
import { inspect, readOptions } from '../inspect/value.ts'
import {
  apply,
  dateNow,
  defineProperty,
  installGlobal,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  mapSize,
  stringRepeat,
  symbolToStringTag,
  toText,
} from '../intrinsics.ts'

const MAX_GROUPS = 50
/** Counters and timers that one request may name. */
const MAX_LABELS = 1_000
const GROUP_INDENTATION = 2

/** Installs `console` over V8's own, which prints nothing. `write` takes whole lines. */
export function installConsole(write: (text: string) => void): void {
  let groups = 0
  const counts = new MapIntrinsic<string, number>()
  const timers = new MapIntrinsic<string, number>()

  function line(text: string): void {
    const width = groups * GROUP_INDENTATION
    write(width === 0 ? `${text}\n` : `${stringRepeat(' ', width)}${indentLines(createBudget(), text, width)}\n`)
  }
  const print = (...args: unknown[]): void => line(format(args, createBudget()))

  function labelOf(label: unknown): string {
    try {
      return label === undefined ? 'default' : toText(label)
    } catch {
      return 'default'
    }
  }

  function elapsed(label: string): string | undefined {
    const startedAt = mapGet(timers, label)
    return startedAt === undefined ? undefined : `${label}: ${dateNow() - startedAt}ms`
  }

  const methods = {
    log: print,
    info: print,
    debug: print,
    warn: print,
    error: print,
    trace(...args: unknown[]) {
      line(args.length === 0 ? 'Trace' : `Trace: ${format(args, createBudget())}`)
    },
    dir(value: unknown, options?: unknown) {
      line(inspect(value, readOptions(options)))
    },
    dirxml: print,
    table(data: unknown, columns?: unknown) {
      const table = formatTable(data, columns)
      if (table === undefined) print(data)
      else line(table)
    },
    assert(condition?: unknown, ...args: unknown[]) {
      if (condition) return
      if (args.length > 0 && typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`
      line(
        args.length === 0
          ? 'Assertion failed'
          : typeof args[0] === 'string'
            ? format(args, createBudget())
            : `Assertion failed ${format(args, createBudget())}`,
      )
    },
    count(label?: unknown) {
      const name = labelOf(label)
      const count = (mapGet(counts, name) ?? 0) + 1
      if (count > 1 || mapSize(counts) < MAX_LABELS) mapSet(counts, name, count)
      line(`${name}: ${count}`)
    },
    countReset(label?: unknown) {
      const name = labelOf(label)
      if (!mapDelete(counts, name)) line(`Count for '${name}' does not exist`)
    },
    group(...args: unknown[]) {
      if (args.length > 0) apply(print, undefined, args)
      if (groups < MAX_GROUPS) groups++
    },
    groupCollapsed(...args: unknown[]) {
      if (args.length > 0) apply(print, undefined, args)
      if (groups < MAX_GROUPS) groups++
    },
    groupEnd() {
      if (groups > 0) groups--
    },
    time(label?: unknown) {
      const name = labelOf(label)
      if (mapGet(timers, name) !== undefined) line(`Timer '${name}' already exists`)
      else if (mapSize(timers) < MAX_LABELS) mapSet(timers, name, dateNow())
    },
    timeEnd(label?: unknown) {
      const name = labelOf(label)
      line(elapsed(name) ?? `Timer '${name}' does not exist`)
      mapDelete(timers, name)
    },
    timeLog(label?: unknown, ...args: unknown[]) {
      const name = labelOf(label)
      const text = elapsed(name)
      if (text === undefined) line(`Timer '${name}' does not exist`)
      else line(args.length === 0 ? text : `${text} ${format(args, createBudget())}`)
    },
    clear() {},
    profile() {},
    profileEnd() {},
    timeStamp() {},
  }
  defineProperty(methods, symbolToStringTag, {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    value: 'console',
    configurable: true,
  })
  installGlobal('console', methods)
}
