// The paths that the service answers itself, which no route of a deployment may have.

/** Exactly these. */
export const OWN_PATHS = ['execute', 'ping', 'ready', 'run', 'runsync', 'purge-queue'] as const
/** These, and everything below them. */
export const OWN_TREES = ['v2', 'status', 'status-sync', 'cancel', 'health', 'admin'] as const
