// The globals of timers: functions that are there from the start, over timers that are made when the first one is called.
import { installGlobal, TypeErrorIntrinsic } from '../intrinsics.ts'
import { eventLink } from '../web/event-link.ts'
import type { TimerQueue } from './timers.ts'

export function installTimerGlobals(load: () => TimerQueue): void {
  installGlobal('setTimeout', function setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]) {
    const { add } = load()
    return add('setTimeout', callback, delay, args, false)
  })
  installGlobal('setInterval', function setInterval(callback: unknown, delay?: unknown, ...args: unknown[]) {
    const { add } = load()
    return add('setInterval', callback, delay, args, true)
  })
  installGlobal('clearTimeout', function clearTimeout(id?: unknown) {
    const { clear } = load()
    clear(id)
  })
  installGlobal('clearInterval', function clearInterval(id?: unknown) {
    const { clear } = load()
    clear(id)
  })
  installGlobal('queueMicrotask', function queueMicrotask(callback: unknown) {
    if (typeof callback !== 'function') throw new TypeErrorIntrinsic('queueMicrotask: the callback must be a function')
    void runLater(callback as () => unknown)
  })
}

/** `await` is the one way onto the microtask queue that no replaced prototype member can watch. */
async function runLater(callback: () => unknown): Promise<void> {
  await undefined
  try {
    callback()
  } catch (thrown) {
    const { tellError } = eventLink
    if (tellError?.(thrown) !== false) throw thrown
  }
}
