// Every time of the platform's protocol (protocol.md §3) in one place; tests that cannot wait have others.

export interface PlatformTiming {
  /** How long the platform may let a request for jobs or for stop signals wait. */
  readonly pollMs: number
  /** From the start of a request for jobs that gave none to the start of the next. */
  readonly emptyTakeMs: number
  /** The same for stop signals. */
  readonly emptyStopMs: number
  /** After status 429. */
  readonly throttledMs: number
  /** After requests that failed: the first pause, each further one twice as long, up to the most. */
  readonly backOffMs: number
  readonly backOffMaxMs: number
  /** How long one post may take. */
  readonly postMs: number
  /** The pauses before the second and the third attempt to post. */
  readonly retryMs: readonly number[]
  /** How often the service is asked whether it is ready. */
  readonly readyMs: number
}

export const PLATFORM_TIMING: PlatformTiming = {
  pollMs: 90_000,
  emptyTakeMs: 250,
  emptyStopMs: 1_000,
  throttledMs: 5_000,
  backOffMs: 500,
  backOffMaxMs: 30_000,
  postMs: 90_000,
  retryMs: [1_000, 2_000],
  readyMs: 50,
}

/** The pause after so many failures in a row: between half of it and all of it, so that many workers do not come back at once. */
export function backOffMs(failures: number, timing: PlatformTiming, random: () => number): number {
  const wholeMs = Math.min(timing.backOffMs * 2 ** (failures - 1), timing.backOffMaxMs)
  return wholeMs * (0.5 + random() / 2)
}

/** Settles after so long, or as soon as the signal is aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || delayMs <= 0) return
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    signal.addEventListener('abort', finish, { once: true })
  })
}
