// The timers of setTimeout and setInterval, and tasks of the guest program, over one armed timer of the host. Made when the
// first of them is asked for.
import {
  apply,
  dateNow,
  mapDelete,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapSet,
  mapSize,
  mathMax,
  RangeErrorIntrinsic,
  setPrototypeOf,
  toNumber,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import type { Calls } from '../run/calls.ts'

/** A guest that needs more live timers than this has lost count of them. */
const MAX_TIMERS = 10_000

/** As in Node.js and browsers: longer delays do not fit 32 bits and become the shortest one. */
const MAX_DELAY_MS = 0x7f_ff_ff_ff

/** What the host is armed for, when that is not known: neither a time nor none. */
const UNKNOWN = -2

/** What the guest has of a timer; of a task the function itself, so that no guest can clear it. */
type Key = number | (() => void)

interface Timer {
  readonly id: Key
  due: number
  /** Breaks ties between equal due times: first set, first run. */
  order: number
  readonly everyMs: number
  readonly callback: (...args: unknown[]) => unknown
  readonly args: unknown[]
  /** The call that set it, or that it was left to. */
  owner: number
  /** 0, or up to which call it may be left. */
  lastHeir: number
}

export interface TimerQueue {
  /** Runs the one timer that is due first, if it is due, and arms the host for the next. */
  runDue(): void
  /**
   * Sets a timer for the current call and returns its number. Throws for a callback that is no function, and at the limit.
   * @param name of the global, for messages.
   */
  readonly add: (name: string, callback: unknown, delay: unknown, args: unknown[], repeats: boolean) => number
  /** Does nothing for what is no number of a timer. */
  readonly clear: (id: unknown) => void
  /**
   * Has `run` called once, in an entry of its own that comes as soon as one can, behind what is due by now. A task is no timer
   * in the count of these, and belongs to the current call as one does: nothing is done where nobody would pay for it.
   */
  readonly addTask: (run: () => void) => void
  /** Whether the task is still to come. */
  readonly hasTask: (run: () => void) => boolean
  /**
   * The call is over. Its timers are left to another one that was in progress then, and are cleared when there is none:
   * calls that wait for one promise go on in each other's entries, so that the timers of one may be what another waits for.
   */
  leaveOf(owner: number): void
}

/**
 * `arm(ms, owner)` asks the host to call `runDue` after that time; -1 takes the request back.
 * What a callback does, and what follows from it before the next entry, is its call's: `calls.current` says so.
 */
export function createTimers(
  arm: (ms: number, owner: number) => void,
  calls: Pick<Calls, 'current' | 'heirUpTo' | 'isOver' | 'lastBegun' | 'lastHeir'>,
): TimerQueue {
  const { heirUpTo, isOver, lastBegun } = calls
  const heap: Timer[] = []
  setPrototypeOf(heap, null)
  let heapSize = 0
  const live = new MapIntrinsic<Key, Timer>()
  /** How many of them are tasks. */
  let taskCount = 0
  let lastId = 0
  let lastOrder = 0
  let armedDue = -1
  let armedOwner = 0

  // The stack of a guest can end in any call: what changes the heap makes none, so that it is done whole or not at all.

  /** Adds the first `count` of `timers`. */
  function insert(timers: readonly Timer[], count: number): void {
    for (let next = 0; next < count; next++) {
      const timer = timers[next] as Timer
      let index = heapSize++
      while (index > 0) {
        const parent = (index - 1) >> 1
        const above = heap[parent] as Timer
        if (timer.due > above.due || (timer.due === above.due && timer.order > above.order)) break
        heap[index] = above
        index = parent
      }
      heap[index] = timer
    }
  }

  function removeFirst(): void {
    const last = heap[--heapSize] as Timer
    delete heap[heapSize]
    if (heapSize === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      if (left >= heapSize) break
      let child = left
      let least = heap[left] as Timer
      const right = heap[left + 1]
      if (left + 1 < heapSize && right !== undefined) {
        if (right.due < least.due || (right.due === least.due && right.order < least.order)) {
          child = left + 1
          least = right
        }
      }
      if (last.due < least.due || (last.due === least.due && last.order < least.order)) break
      heap[index] = least
      index = child
    }
    heap[index] = last
  }

  /** The first timer that nobody has cleared; cleared ones leave the heap here. */
  function first(): Timer | undefined {
    while (heapSize > 0) {
      const timer = heap[0] as Timer
      if (mapGet(live, timer.id) === timer) return timer
      removeFirst()
    }
    return undefined
  }

  function rearm(): void {
    const timer = first()
    const due = timer === undefined ? -1 : timer.due
    const owner = timer === undefined ? 0 : timer.owner
    if (due === armedDue && owner === armedOwner) return
    // Until the host has heard of it: the guest's stack may end before that.
    armedDue = UNKNOWN
    // A timer that is late already is still to be run: a negative time would take the request back.
    if (timer === undefined) arm(-1, 0)
    else arm(mathMax(due - dateNow(), 0), timer.owner)
    armedDue = due
    armedOwner = owner
  }

  /** Without this, a program that sets and clears long timers would fill the heap with cleared ones. */
  function compact(): void {
    if (heapSize < 2 * mapSize(live) + 64) return
    const kept: Timer[] = []
    setPrototypeOf(kept, null)
    let count = 0
    for (let index = 0; index < heapSize; index++) {
      const timer = heap[index] as Timer
      if (mapGet(live, timer.id) === timer) kept[count++] = timer
    }
    refill(kept, count)
  }

  function refill(timers: readonly Timer[], count: number): void {
    for (let index = count; index < heapSize; index++) delete heap[index]
    heapSize = 0
    // Whatever their order is, each is put where it belongs.
    insert(timers, count)
  }

  /** Does nothing for a call that is over and leaves nobody who would enter: the timers of other calls would wait behind it. */
  function plan(id: Key, delayMs: number, repeats: boolean, callback: Timer['callback'], args: unknown[]): boolean {
    let { current: owner, lastHeir } = calls
    if (isOver(owner)) {
      if (lastHeir === 0) lastHeir = lastBegun()
      owner = heirUpTo(lastHeir)
      if (owner === 0) return false
    }
    const timer: Timer = {
      // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
      __proto__: null,
      id,
      due: dateNow() + delayMs,
      order: ++lastOrder,
      everyMs: repeats ? delayMs : 0,
      callback,
      args,
      owner,
      lastHeir,
    }
    // One that is in the heap only counts as cleared.
    insert([timer], 1)
    mapSet(live, id, timer)
    return true
  }

  function add(name: string, callback: unknown, delay: unknown, args: unknown[], repeats: boolean): number {
    if (typeof callback !== 'function') throw new TypeErrorIntrinsic(`${name}: the callback must be a function`)
    if (mapSize(live) - taskCount >= MAX_TIMERS) {
      throw new RangeErrorIntrinsic(`${name}: ${MAX_TIMERS} timers are set already, which is the limit`)
    }
    const asked = toNumber(delay)
    const delayMs = asked >= 1 && asked <= MAX_DELAY_MS ? asked - (asked % 1) : 1
    const id = ++lastId
    if (plan(id, delayMs, repeats, callback as Timer['callback'], args)) rearm()
    return id
  }

  function addTask(run: () => void): void {
    if (!plan(run, 0, false, run, [])) return
    taskCount++
    rearm()
  }

  /** It is not to come any more, if it still was; the heap loses it when it is its turn. */
  function forget(timer: Timer): void {
    const { id } = timer
    if (mapGet(live, id) !== timer) return
    mapDelete(live, id)
    if (typeof id === 'function') taskCount--
  }

  function clear(id: unknown): void {
    if (typeof id !== 'number' || !mapDelete(live, id)) return
    compact()
    rearm()
  }

  return {
    // @ts-expect-error -- as above.
    __proto__: null,
    runDue() {
      armedDue = -1
      const timer = first()
      if (timer !== undefined && timer.due <= dateNow()) {
        removeFirst()
        if (timer.everyMs === 0) forget(timer)
        else {
          timer.due = dateNow() + timer.everyMs
          timer.order = ++lastOrder
          insert([timer], 1)
        }
        calls.current = timer.owner
        calls.lastHeir = timer.lastHeir
        try {
          apply(timer.callback, undefined, timer.args)
        } finally {
          rearm()
        }
      } else rearm()
    },
    add,
    clear,
    addTask,
    hasTask: (run) => mapHas(live, run),
    leaveOf(owner) {
      if (mapSize(live) === 0) return
      const last = lastBegun()
      const heir = heirUpTo(last)
      for (let index = 0; index < heapSize; index++) {
        const timer = heap[index] as Timer
        if (timer.owner !== owner) continue
        const next = timer.lastHeir === 0 ? heir : heirUpTo(timer.lastHeir)
        if (next === 0) forget(timer)
        else {
          timer.owner = next
          if (timer.lastHeir === 0) timer.lastHeir = last
        }
      }
      compact()
      rearm()
    },
  }
}
