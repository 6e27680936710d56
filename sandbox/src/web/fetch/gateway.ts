// From the group that fetches into that of requests and responses: part of the guest program, where each group is loaded once.
import { fetchInternals } from './classes.ts'
import type { FetchInternals } from './classes.ts'

/** What fetching does with requests and responses. */
export function requestsAndResponses(): FetchInternals {
  return fetchInternals()
}
