// How long each part of the speed bench runs, and how often.

export interface Plan {
  /** Pairs of a round of the floor and a round of the service, for each part. */
  readonly pairs: number
  /** For two clients that do not wait: long enough that V8 has optimized what is to be measured. */
  readonly warmUpMs: number
  /** A round of the floor where latency is compared. */
  readonly floorMs: number
  readonly oneClientMs: number
  /** A round of what people use instead. */
  readonly insteadMs: number
  readonly poissonRequests: number
  /** A round of the service and one of the floor where rates are compared. */
  readonly throughputMs: number
}

export const FULL: Plan = {
  pairs: 5,
  warmUpMs: 6_000,
  floorMs: 1_500,
  oneClientMs: 5_000,
  insteadMs: 2_000,
  poissonRequests: 500,
  throughputMs: 20_000,
}

/** For development: says whether everything works, and where the figures are about. */
export const QUICK: Plan = {
  pairs: 3,
  warmUpMs: 3_000,
  floorMs: 500,
  oneClientMs: 1_500,
  insteadMs: 700,
  poissonRequests: 120,
  throughputMs: 4_000,
}

export const WARM_UP_CLIENTS = 2
export const POISSON_PER_SECOND = 50
/** Requests on their way at once; at 50 a second one is rare. */
export const POISSON_CONNECTIONS = 16
export const THROUGHPUT_CLIENTS = 8
