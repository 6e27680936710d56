// How long each part of the Flash bench runs.
export interface FlashPlan {
  readonly pairs: number
  readonly warmUpMs: number
  /** A round with eight clients, and one with one client. */
  readonly eightMs: number
  readonly oneMs: number
  /** Programs in a round of first calls. */
  readonly coldPrograms: number
  readonly registered: number
  readonly called: number
  readonly hotMs: number
}

export const FULL: FlashPlan = {
  pairs: 5,
  warmUpMs: 6_000,
  eightMs: 10_000,
  oneMs: 4_000,
  coldPrograms: 12,
  registered: 1_000,
  called: 50,
  hotMs: 10_000,
}

/** For development: says whether everything works, and where the figures are about. */
export const QUICK: FlashPlan = {
  pairs: 3,
  warmUpMs: 3_000,
  eightMs: 2_500,
  oneMs: 1_200,
  coldPrograms: 4,
  registered: 60,
  called: 10,
  hotMs: 4_000,
}
