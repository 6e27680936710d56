// A request understood: which code to run and with what, values still in the form in which they came.
import type { DeployedModule } from './deployment.ts'
import type { RemoteOrigin } from './remote-call.ts'
import type { SourceBundle } from './source-bundler.ts'

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
  /** What it may import, before it is bundled; absent for nothing. */
  readonly needs?: SourceNeeds
  /** Set when `code` is what the bundler made of it. */
  readonly bundle?: Pick<SourceBundle, 'kind' | 'hash'>
}

/** How the source of a request is called in messages and stacks. */
export function sourceFileName({ language }: Pick<LiveSource, 'language'>, isClass: boolean): string {
  return `${isClass ? 'class' : 'function'}.${language === 'typescript' ? 'ts' : 'js'}`
}

/** What came with a request beside its source. */
export interface SourceNeeds {
  /** By path with `/` between the segments, as an import finds them. */
  readonly modules: ReadonlyMap<string, string>
  /** Packages as the request writes them. */
  readonly dependencies: readonly string[]
  readonly dependencyLock: string | null
  /** What the answer is to say before anything else; empty for nothing. */
  readonly notice: string
}

/** A module of a deployment. */
export interface FlashSource {
  readonly mode: 'flash'
  /** One version of one endpoint's deployment. */
  readonly deployment: string
  readonly module: DeployedModule
  /** Calls that may overlap in one isolate. */
  readonly maxConcurrency: number
  /** Whether they may only as long as they need little processor time; absent for no. */
  readonly learnsConcurrency?: true
  /** On whose behalf it may call other resources; absent for none. */
  readonly origin?: RemoteOrigin
}

/** The method of a class that is called. */
export interface MethodCall {
  readonly name: string
}

/** Which instance of a class a call is of, where callers name it; otherwise each module keeps one for all of its calls. */
export interface InstanceCall {
  /** Null for a name that is made up. */
  readonly id: string | null
  /** Whether the instance is made for this call, in place of the one that has its id. */
  readonly isNew: boolean
}

/** One call of one function, or of one method, of a submitted source or of a deployed module. */
export interface Invocation {
  readonly kind: 'function'
  readonly source: LiveSource | FlashSource
  readonly name: string
  /** Of the class `name`. */
  readonly method?: MethodCall
  /** With `method`: the instance lives on in an isolate of its own. */
  readonly instance?: InstanceCall
  /** Whether a parameter without default that gets nothing is an error: on doors whose callers have keywords only. */
  readonly needsAll?: boolean
  /** Whether what an iterator gives comes as events of the task; otherwise its result is the list of all that it gives. */
  readonly mayStream?: boolean
  /** Whether the value of a stream is the list of its chunks. */
  readonly isStreamAggregated?: boolean
  /** With `needsAll`: parameters that may get nothing although the code shows no default. */
  readonly optional?: readonly string[]
  /** Variables of its own, as a JSON object; absent for none. */
  readonly environment?: string
  readonly input: EncodedValues
}
