// The timers of the isolate and its tasks, for groups that few programs use.
import type { TimerQueue } from '../globals/timers.ts'

/** Filled while the guest program is evaluated. */
export const timerLink = { __proto__: null, load: undefined } as { load: (() => TimerQueue) | undefined }

export function loadTasks(): Pick<TimerQueue, 'addTask' | 'hasTask'> {
  const { load } = timerLink as { readonly load: () => TimerQueue }
  return load()
}
