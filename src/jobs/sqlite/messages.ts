// What the front of the SQLite store and its thread say to each other.
import type { EndpointId } from '../../core/deployment.ts'
import type { Job } from '../job-state.ts'
import type { ListOptions } from '../job-store.ts'
import type { StoreBounds } from '../retention.ts'
import type { Text } from './text-codec.ts'

export type JobSync = 'normal' | 'full'

/** What SQLite calls a database without a file. */
export const MEMORY_FILE = ':memory:'

/** What the thread is started with. */
export interface ThreadOptions extends StoreBounds {
  /** Path of the database, or `:memory:`. */
  readonly file: string
  /** `full` waits for the disk at each commit. */
  readonly sync: JobSync
  /** The file never grows beyond it; what does not fit fails. */
  readonly maxFileBytes: number
}

/** A job without its output, which travels beside it. */
export type JobState = Omit<Job, 'output'>

export interface JobAndOutput {
  readonly job: JobState
  readonly output: Text | null
}

export interface InputTexts {
  readonly head: Text
  readonly code: Text
  readonly input: Text
}

export type Operation =
  | ({ readonly type: 'add'; readonly input: InputTexts } & JobAndOutput)
  | ({ readonly type: 'update' } & JobAndOutput)
  | { readonly type: 'restart'; readonly job: JobState }
  | { readonly type: 'get'; readonly id: string }
  | { readonly type: 'input'; readonly id: string }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'unfinished' }
  | { readonly type: 'dueWebhooks'; readonly until: number; readonly limit: number }
  | ({ readonly type: 'list'; readonly endpoint: EndpointId } & ListOptions)
  | { readonly type: 'addChunk'; readonly id: string; readonly value: Text }
  | { readonly type: 'takeChunks'; readonly id: string; readonly maxCharacters: number }
  /** Lets a few jobs go whose time is over. */
  | { readonly type: 'clean' }
  | { readonly type: 'close' }

export type OperationType = Operation['type']

/** What each operation gives. */
export interface Results {
  readonly add: boolean
  readonly update: null
  readonly restart: boolean
  readonly get: JobAndOutput | null
  readonly input: InputTexts | null
  readonly remove: null
  readonly unfinished: readonly JobState[]
  readonly dueWebhooks: readonly JobAndOutput[]
  readonly list: readonly JobState[]
  readonly addChunk: null
  readonly takeChunks: readonly Text[]
  /** Whether there are more. */
  readonly clean: boolean
  readonly close: null
}

/** One operation, with the time at which it was called. */
export interface Call {
  readonly number: number
  readonly now: number
  readonly operation: Operation
}

/** Several of them, one after the other (flat-messages.ts). */
export type FlatMessage = readonly unknown[]

export type ToThread =
  | { readonly type: 'calls'; readonly calls: FlatMessage }
  /** So many bytes of answers were taken; only those of large texts count. */
  | { readonly type: 'taken'; readonly bytes: number }

export type Answer =
  | {
      readonly type: 'done'
      readonly number: number
      readonly result: Results[OperationType]
      /** Of large texts in it. */
      readonly bytes: number
    }
  /** `isContract` tells a mistake of the caller from something that went wrong with the file. */
  | { readonly type: 'failed'; readonly number: number; readonly message: string; readonly isContract: boolean }

/** What is in the database. */
export interface Kept {
  readonly jobs: number
  readonly bytes: number
}

export type FromThread =
  | { readonly type: 'opened'; readonly kept: Kept }
  /** The database cannot be used; the thread ends. */
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'answers'; readonly answers: FlatMessage; readonly jobs: number; readonly bytes: number }
  /** Nothing can be done with the database any more; the thread ends. */
  | { readonly type: 'lost'; readonly message: string }
