// A channel: two ends, each with the messages that wait for it. Every message is received in an entry of its own, as a task of
// the call that posted it, in the order in which messages were posted. Has no state of its own: several groups have it.
import { loadTasks } from '../timer-link.ts'

export interface Receiver {
  /** @param data nobody else's any more. */
  readonly take: (data: unknown, moved: readonly unknown[]) => void
  /** The other end sends nothing more, and hears nothing; absent where nobody wants to know. */
  readonly closed?: () => void
}

export interface End {
  /** The other one, unless one of the two has been closed. */
  peer: End | undefined
  receiver: Receiver
  /** Messages wait until it is. */
  isEnabled: boolean
  first: Waiting | undefined
  last: Waiting | undefined
}

/** A list, so that taking one costs the same however many there are. */
interface Waiting {
  /** Its task, which is not to come before the end is enabled, nor when the call is over that it belongs to. */
  readonly run: () => void
  /** Whether it is about the other end instead of a message. */
  readonly isClose: boolean
  isTaken: boolean
  readonly data: unknown
  readonly moved: readonly unknown[]
  next: Waiting | undefined
}

const NOBODY = { __proto__: null, take: () => undefined } as Receiver
const NOTHING: readonly unknown[] = []

export function createChannel(): readonly [End, End] {
  const one = createEnd()
  const other = createEnd()
  one.peer = other
  other.peer = one
  return [one, other]
}

function createEnd(): End {
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    peer: undefined,
    receiver: NOBODY,
    isEnabled: false,
    first: undefined,
    last: undefined,
  }
}

/** From now on messages are received, those that wait as well. */
export function enable(end: End): void {
  if (end.isEnabled) return
  end.isEnabled = true
  for (let each = end.first; each !== undefined; each = each.next) ensureTask(each)
}

/** Puts a message behind those that wait for the end. */
export function post(end: End, data: unknown, moved: readonly unknown[] = NOTHING): void {
  append(end, false, data, moved)
}

/** Cuts the two ends apart. What was posted before is received all the same, and the other end hears of it behind that. */
export function disentangle(end: End): void {
  const { peer } = end
  if (peer === undefined) return
  end.peer = undefined
  peer.peer = undefined
  if (peer.receiver.closed !== undefined) append(peer, true, undefined, NOTHING)
}

function append(end: End, isClose: boolean, data: unknown, moved: readonly unknown[]): void {
  const run = (): void => runTask(end, waiting)
  const waiting = { __proto__: null, run, isClose, isTaken: false, data, moved, next: undefined } as Waiting
  const { last } = end
  if (last === undefined) end.first = waiting
  else last.next = waiting
  end.last = waiting
  if (end.isEnabled || isClose) ensureTask(waiting)
}

function ensureTask({ run }: Waiting): void {
  const { addTask, hasTask } = loadTasks()
  if (!hasTask(run)) addTask(run)
}

/** Takes whatever is first: that is what the task is of, unless a call that is over has left something before it. */
function runTask(end: End, waiting: Waiting): void {
  const next = end.isEnabled ? takeFirst(end) : waiting
  if (next === undefined || next.isTaken || (!end.isEnabled && !next.isClose)) return
  next.isTaken = true
  const { take, closed } = end.receiver
  if (next.isClose) closed?.()
  else take(next.data, next.moved)
}

function takeFirst(end: End): Waiting | undefined {
  const { first } = end
  if (first === undefined) return undefined
  end.first = first.next
  if (end.first === undefined) end.last = undefined
  else ensureTask(end.first)
  return first
}
