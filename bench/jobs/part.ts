// How long each part of the bench of jobs runs.
export interface JobsPlan {
  readonly pairs: number
  readonly warmUpMs: number
  /** A round with eight clients, and one with one client. */
  readonly eightMs: number
  readonly oneMs: number
  readonly keptJobs: number
  readonly polls: number
}

export const FULL: JobsPlan = {
  pairs: 7,
  warmUpMs: 4_000,
  eightMs: 5_000,
  oneMs: 4_000,
  keptJobs: 100_000,
  polls: 2_000,
}

/** For development: says whether everything works, and where the figures are about. */
export const QUICK: JobsPlan = {
  pairs: 3,
  warmUpMs: 1_500,
  eightMs: 2_000,
  oneMs: 1_500,
  keptJobs: 20_000,
  polls: 500,
}
