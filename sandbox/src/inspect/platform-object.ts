// Objects of the web globals: their attributes are getters, of which those of the service's own classes are asked.
import { apply, getPrototypeOf } from '../intrinsics.ts'
import { membersOf } from '../web/members.ts'
import { isSpent } from './context.ts'
import type { Context } from './context.ts'
import { append } from './list.ts'
import type { List } from './list.ts'
import { formatDescriptor } from './property.ts'
import { MAX_PROTOTYPES } from './read.ts'

/** What says nothing that another attribute does not, or is not there before somebody asks for it. */
const LEFT_OUT = {
  __proto__: null,
  cancelBubble: true,
  composed: true,
  currentTarget: true,
  eventPhase: true,
  onabort: true,
  returnValue: true,
  srcElement: true,
  subtle: true,
}

/** Whether it is of one of these classes, or pretends to be. */
export function isPlatformObject(value: object): boolean {
  let at = getPrototypeOf(value)
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    if (membersOf(at) !== undefined) return true
    at = getPrototypeOf(at)
  }
  return false
}

/** Nothing for an object that only pretends. */
export function appendMembers(context: Context, entries: List<string>, value: object, level: number): void {
  let at = getPrototypeOf(value)
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    const members = membersOf(at)
    at = getPrototypeOf(at)
    if (members === undefined) continue
    const { names, getters, list } = members
    for (let index = 0; index < names.length && !isSpent(context.budget); index++) {
      const name = names[index] as string
      if (name in LEFT_OUT) continue
      try {
        const member: unknown = apply(getters[index] as () => unknown, value, [])
        append(entries, `${name}: ${format(context, member, level)}`)
      } catch {
        // No instance has this getter.
      }
    }
    if (list !== undefined) appendPairs(context, entries, value, list, level)
  }
}

function appendPairs(
  context: Context,
  entries: List<string>,
  value: object,
  list: (value: object) => readonly unknown[],
  level: number,
): void {
  try {
    const pairs = list(value)
    for (let index = 0; index < pairs.length && !isSpent(context.budget); index += 2) {
      append(entries, `${format(context, pairs[index], level)} => ${format(context, pairs[index + 1], level)}`)
    }
  } catch {
    // As above.
  }
}

function format(context: Context, value: unknown, level: number): string {
  return formatDescriptor(context, { __proto__: null, value } as PropertyDescriptor, level)
}
