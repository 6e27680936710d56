// The paths that the service answers itself, which no route of a deployment may have.

/** Exactly these. */
export const OWN_PATHS = ['execute', 'ping', 'ready', 'metrics', 'run', 'runsync', 'purge-queue', 'requests'] as const
/** These, and everything below them. */
export const OWN_TREES = ['v2', 'status', 'status-sync', 'cancel', 'health', 'admin'] as const
/** Everything below these, but not themselves. */
export const OWN_BRANCHES = ['stream', 'retry'] as const
