// A request that guest code makes to another host: what is asked, what comes back, and the port by which it is made.
import type { Failure } from '../errors.ts'
import type { Task } from './task.ts'

/** Names are lower case; a name may come more than once. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[]

export interface EgressRequestHead {
  /** As the fetch standard writes it: common methods in upper case. Unchecked: whoever opens it checks. */
  readonly method: string
  /** Absolute, without a fragment. Unchecked. */
  readonly url: string
  readonly headers: HeaderPairs
  readonly redirect: 'follow' | 'error' | 'manual'
  /** Whether pieces of a body come; one that cannot be sent again after a redirect makes that redirect fail. */
  readonly hasBody: boolean
  /** How many bytes the body has, when that is known. */
  readonly bodyBytes?: number
}

export interface EgressResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderPairs
  /** Where the answer came from, after redirects. */
  readonly url: string
  readonly isRedirected: boolean
  /** False for an answer that has no body, as to HEAD or with status 204. */
  readonly hasBody: boolean
}

export type EgressHeadResult =
  | { readonly ok: true; readonly head: EgressResponseHead }
  | { readonly ok: false; readonly failure: Failure }

/** `bytes: null` is the end of the body. */
export type EgressPiece =
  | { readonly ok: true; readonly bytes: Uint8Array | null }
  | { readonly ok: false; readonly failure: Failure }

/** One request under way. Nothing of it rejects. */
export interface EgressExchange {
  /** Settles once: with the head of the last answer, or why there is none. */
  readonly head: Promise<EgressHeadResult>
  /** One piece of the request's body. Settles when there is room for the next; false when no more is wanted. One at a time. */
  readonly write: (bytes: Uint8Array) => Promise<boolean>
  /** The request's body is complete. */
  readonly end: () => void
  /** The next piece of the answer's body, after `head`. At most `EGRESS_PIECE_BYTES`; nothing is read ahead beyond a bounded buffer. One at a time. */
  readonly read: () => Promise<EgressPiece>
  /** Nobody wants it any more; also after its end. */
  readonly cancel: () => void
}

export const EGRESS_PIECE_BYTES = 64 * 1024

/**
 * Decides by the policy of the task's endpoint, and makes the request. What the task has used of its budgets is kept by its id
 * until `ended` is called for it.
 */
export interface EgressBroker {
  /** @param deadlineMs what is left of the task's wall time. */
  readonly open: (task: Task, head: EgressRequestHead, deadlineMs: number) => EgressExchange
  /** The task is over: what is under way is cancelled, and its counters are dropped. */
  readonly ended: (taskId: string) => void
}
