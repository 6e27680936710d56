// How a reader reads: its events are tasks of their own, behind each other, in entries of the call that reads.
import { construct, typedArrayLength } from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { createHandlers } from '../events/handler-attributes.ts'
import type { Handlers } from '../events/handler-attributes.ts'
import { events } from '../host.ts'
import { loadTasks } from '../timer-link.ts'
import type { BlobContent } from './blob-content.ts'
import { packageData } from './package-data.ts'
import type { Form } from './package-data.ts'
import { ProgressEvent } from './progress-event.ts'

export const PHASE = { __proto__: null, EMPTY: 0, LOADING: 1, DONE: 2 } as const

/** Of a FileReader. */
export interface ReaderState {
  readonly reader: object
  phase: 0 | 1 | 2
  result: string | ArrayBuffer | null
  error: Error | null
  readonly handlers: Handlers
  /** What is being read, and what has been until its last event. */
  reading: Reading | null
  /** Does what is next: one task at a time, whatever is begun and aborted meanwhile. */
  readonly run: () => void
}

interface Reading {
  readonly blob: BlobContent
  readonly form: Form
  readonly label: string | undefined
  next: 'loadstart' | 'progress' | 'load' | 'loadend'
}

export function createState(reader: object): ReaderState {
  const state = {
    __proto__: null,
    reader,
    phase: PHASE.EMPTY,
    result: null,
    error: null,
    handlers: createHandlers(),
    reading: null,
    run: () => runTask(state),
  } as ReaderState
  return state
}

/** @param label of an encoding, for a text. */
export function startReading(state: ReaderState, blob: BlobContent, form: Form, label: string | undefined): void {
  const { hasTask } = loadTasks()
  const { phase, run } = state
  // The tasks of a call that is over are dropped, and what it read with them.
  if (phase === PHASE.LOADING && hasTask(run)) {
    throw domError('InvalidStateError', `FileReader.readAs${form}: the reader is reading something else`)
  }
  plan(state)
  // The end of what was read before is told by the end of this.
  state.reading = { __proto__: null, blob, form, label, next: 'loadstart' } as Reading
  state.phase = PHASE.LOADING
  state.result = null
  state.error = null
}

export function abortReading(state: ReaderState): void {
  const { reading, phase } = state
  state.result = null
  if (reading === null || phase !== PHASE.LOADING) return
  state.reading = null
  state.phase = PHASE.DONE
  const size = typedArrayLength(reading.blob.content)
  const loaded = reading.next === 'load' ? size : 0
  fire(state, 'abort', loaded, size)
  if (!isLoading(state)) fire(state, 'loadend', loaded, size)
}

const isLoading = ({ phase }: ReaderState): boolean => phase === PHASE.LOADING

function plan({ run }: ReaderState): void {
  const { addTask, hasTask } = loadTasks()
  if (!hasTask(run)) addTask(run)
}

/** What follows from one event in microtasks is over before the next: each has a task of its own. */
function runTask(state: ReaderState): void {
  const { reading } = state
  if (reading === null) return
  const { blob, next } = reading
  const size = typedArrayLength(blob.content)
  if (next === 'loadend') {
    state.reading = null
    return fire(state, next, size, size)
  }
  if (next === 'load') {
    finish(state, reading)
    reading.next = 'loadend'
    // All bytes are there from the start: there is one event of progress, and none where there is nothing.
  } else reading.next = next === 'loadstart' && size > 0 ? 'progress' : 'load'
  plan(state)
  fire(state, state.error === null ? next : 'error', next === 'loadstart' ? 0 : size, size)
}

function finish(state: ReaderState, { blob, form, label }: Reading): void {
  state.phase = PHASE.DONE
  try {
    state.result = packageData(blob, form, label)
  } catch {
    const size = typedArrayLength(blob.content)
    state.error = domError('NotReadableError', `FileReader.readAs${form}: no result could be made of ${size} bytes`)
  }
}

function fire({ reader }: ReaderState, type: string, loaded: number, total: number): void {
  const init = { __proto__: null, lengthComputable: total > 0, loaded, total }
  const { fireAt } = events()
  fireAt(reader, reader, construct(ProgressEvent, [type, init]), true)
}
