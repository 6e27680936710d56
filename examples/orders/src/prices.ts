// The price list, in cents. It exports no function, so that it is part of bundles but no module of its own.
export const PRICES: ReadonlyMap<string, number> = new Map([
  ['tea', 350],
  ['coffee', 420],
  ['cake', 510],
])
