// In what shape requests come.

export type LoadShape =
  /** Each client sends its next request when it has its answer. */
  | { readonly kind: 'closed'; readonly clients: number }
  /** One request every so many milliseconds, whether or not the last one was answered. */
  | { readonly kind: 'staggered'; readonly everyMs: number }
  /** So many requests at one moment, and again when all are answered. */
  | { readonly kind: 'burst'; readonly size: number }
  /** Arrivals of a Poisson process. */
  | { readonly kind: 'open'; readonly perSecond: number }
  /** So many requests in all, however long they take. */
  | { readonly kind: 'count'; readonly requests: number; readonly clients: number }

export const SHAPES = {
  sequential: { kind: 'closed', clients: 1 },
  staggered: { kind: 'staggered', everyMs: 50 },
  burst: { kind: 'burst', size: 100 },
  'closed-4': { kind: 'closed', clients: 4 },
  'closed-8': { kind: 'closed', clients: 8 },
  'closed-16': { kind: 'closed', clients: 16 },
  'closed-64': { kind: 'closed', clients: 64 },
  open: { kind: 'open', perSecond: 50 },
} as const satisfies Readonly<Record<string, LoadShape>>

export type ShapeName = keyof typeof SHAPES

/** For people. */
export const SHAPE_TITLES: Readonly<Record<ShapeName, string>> = {
  sequential: '1 client',
  staggered: 'one every 50 ms',
  burst: 'burst of 100',
  'closed-4': '4 clients',
  'closed-8': '8 clients',
  'closed-16': '16 clients',
  'closed-64': '64 clients',
  open: 'Poisson, 50/s',
}
