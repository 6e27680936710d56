// Any value as text, in the form of Node's `util.inspect`.
import { createList, isArray, MapIntrinsic, mapGet, mapSet, mapSize } from '../intrinsics.ts'
import { createBudget, DEFAULT_OPTIONS, isSpent, MAX_DEPTH } from './context.ts'
import type { Budget, Context, InspectOptions } from './context.ts'
import { callCustom } from './custom.ts'
import { identify, prefixOf } from './identity.ts'
import { layOut } from './layout.ts'
import { formatPrimitive } from './primitive.ts'
import { appendProperties } from './property.ts'
import { describeObject } from './object.ts'

/** What stands for a value that throws when it is looked at. */
const UNREADABLE = '<cannot be inspected>'

/** Never throws. What is beyond the budget is missing from the text. */
export function inspect(value: unknown, options: Partial<InspectOptions> = DEFAULT_OPTIONS, budget: Budget = createBudget()): string {
  const context = {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    depth: options.depth ?? DEFAULT_OPTIONS.depth,
    breakLength: options.breakLength ?? DEFAULT_OPTIONS.breakLength,
    compact: options.compact ?? DEFAULT_OPTIONS.compact,
    maxArrayLength: options.maxArrayLength ?? DEFAULT_OPTIONS.maxArrayLength,
    maxStringLength: options.maxStringLength ?? DEFAULT_OPTIONS.maxStringLength,
    showHidden: options.showHidden ?? DEFAULT_OPTIONS.showHidden,
    customInspect: options.customInspect ?? DEFAULT_OPTIONS.customInspect,
    budget,
    seen: createList<object>(),
    circular: undefined,
    indentation: 0,
    lastLevel: 0,
    formatValue,
  } as Context
  return formatValue(context, value, 0)
}

function formatValue(context: Context, value: unknown, level: number): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return formatPrimitive(context, value)
  const { budget, seen, indentation } = context
  if (isSpent(budget)) return ''
  budget.visits -= 1
  const depth = seen.length
  try {
    if (isRevoked(value)) return '<Revoked Proxy>'
    return (context.customInspect ? callCustom(context, value, level) : undefined) ?? formatObject(context, value, level)
  } catch {
    seen.length = depth
    context.indentation = indentation
    return UNREADABLE
  }
}

/** Of all values, `Array.isArray` refuses only these. */
function isRevoked(value: object): boolean {
  try {
    isArray(value)
    return false
  } catch {
    return true
  }
}
