// Waiting for a promise, but not forever.

/** What `promise` settles with, or null when it has not settled after `waitMs`; a rejection passes through. */
export async function settledWithin<T>(promise: Promise<T>, waitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), waitMs)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}
