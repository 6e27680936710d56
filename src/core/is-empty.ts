// Whether there is anything in an object.

/** Whether an object has no members; without a list of them, on the way of each request. */
export function isEmpty(members: object): boolean {
  for (const _ in members) return false
  return true
}
