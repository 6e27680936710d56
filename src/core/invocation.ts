// A request understood: which code to run and with what, values still in the form in which they came.
import type { DeployedModule } from './deployment.ts'
import type { RemoteOrigin } from './remote-call.ts'

export const VALUE_FORMATS = ['json', 'cloudpickle'] as const
export type ValueFormat = (typeof VALUE_FORMATS)[number]

export const LANGUAGES = ['javascript', 'typescript'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * Arguments as text that the host never decodes: the JSON object `{"args":[…],"kwargs":{…}}`.
 * In `json` format the members are the values themselves; in `cloudpickle` each is a base64 pickle.
 */
export interface EncodedValues {
  readonly format: ValueFormat
  readonly text: string
}

export interface LiveSource {
  readonly mode: 'live'
  readonly language: Language
  readonly code: string
}

/** A module of a deployment. */
export interface FlashSource {
  readonly mode: 'flash'
  /** One version of one endpoint's deployment. */
  readonly deployment: string
  readonly module: DeployedModule
  /** Calls that may overlap in one isolate. */
  readonly maxConcurrency: number
  /** On whose behalf it may call other resources; absent for none. */
  readonly origin?: RemoteOrigin
}

/** The method of a class that is called, on an instance made for the call or one that is kept for every call. */
export interface MethodCall {
  readonly name: string
  readonly instance: 'new' | 'kept'
}

/** One call of one function of a submitted source, or of a deployed module. */
export interface Invocation {
  readonly kind: 'function'
  readonly source: LiveSource | FlashSource
  readonly name: string
  /** Of the class `name`; only a deployed one. */
  readonly method?: MethodCall
  /** Whether a parameter without default that gets nothing is an error: on doors whose callers have keywords only. */
  readonly needsAll?: boolean
  /** Whether what an iterator gives comes as events of the task; otherwise its result is the list of all that it gives. */
  readonly mayStream?: boolean
  /** Whether the value of a stream is the list of its chunks. */
  readonly isStreamAggregated?: boolean
  /** With `needsAll`: parameters that may get nothing although the code shows no default. */
  readonly optional?: readonly string[]
  readonly input: EncodedValues
}
