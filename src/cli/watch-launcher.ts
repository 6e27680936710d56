// A service that was started through the launcher ends with it, also when the launcher is killed and cannot tell.

/** What the launcher sets to its own pid (bin/launch.mjs). */
const LAUNCHER = 'WORKER_ISOLATE_LAUNCHER'
const LOOK_MS = 250

/**
 * Calls `onGone` once when the launcher that started this process is no more; never without one. Whoever kills the launcher
 * knows no other pid, and starts the next service in the belief that nobody has the port and the data folder any more.
 */
export function watchLauncher(env: Readonly<Record<string, string | undefined>>, onGone: () => void): void {
  const launcher = process.ppid
  // The variable is inherited by whatever the service's parent starts: only a parent that set it counts.
  if (env[LAUNCHER] !== String(launcher)) return
  const look = setInterval(() => {
    if (process.ppid === launcher) return
    clearInterval(look)
    onGone()
  }, LOOK_MS).unref()
}
