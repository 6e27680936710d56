// A call of a deployed function to a function of another resource: what is asked, what comes back, and the bounds on both sides.
import type { Failure } from '../errors.ts'
import type { Deployment } from './deployment.ts'
import type { TenantId } from './task.ts'

/** What one task may have in progress. */
export const REMOTE_PENDING_MAX = 16
/** What one task may ask for at all, whatever is answered: code that asks more often does nothing else. */
export const REMOTE_ASKED_MAX = 1_024
/** Arguments of one call, in JSON. */
export const REMOTE_ARGUMENT_BYTES = 1_048_576
export const REMOTE_NAME_CHARACTERS = 256

/** `job`: a finished job of the platform's API, whose `output` is the result. `plain`: the result itself. Both in JSON. */
export type RemoteShape = 'job' | 'plain'

/** The deployment and its resource whose code makes the call. */
export interface RemoteOrigin {
  readonly deployment: Deployment
  readonly resource: string
}

export interface RemoteCall {
  readonly origin: RemoteOrigin
  readonly tenant: TenantId
  /** Of the function or class. */
  readonly name: string
  /** Unchecked text that claims to be a JSON object of arguments by name. */
  readonly argumentsText: string
  readonly answerBytes: number
  /** What is left of the wall limit of the task. */
  readonly deadlineMs: number
  /** Counts bytes of the answer as they come; false when there are more than the task may still have. */
  readonly takeBytes: (bytes: number) => boolean
  readonly signal: AbortSignal
}

export type RemoteAnswer =
  | { readonly ok: true; readonly shape: RemoteShape; readonly text: string }
  | { readonly ok: false; readonly failure: Failure }

/** Never rejects. */
export type CallRemote = (call: RemoteCall) => Promise<RemoteAnswer>
