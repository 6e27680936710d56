// All that host and guest share: two plain functions that carry numbers, booleans and strings, and the meaning of those.
// The host side imports this file for its types and tables only; it must type-check in both worlds.

/** Guest to host, synchronous: the guest waits, so it cannot flood. The answer is a string, never an object or a promise. */
export type Send = (op: number, id: number, payload: string) => string

/** Host to guest, always applied under a timeout. Answers come back through `Send`, never as a return value. */
export type Entry = (kind: number, id: number, payload: string) => void

/** What the guest tells the host. */
export const OP = {
  /** payload: the encoded result. Ends the task. */
  result: 1,
  /** payload: JSON `[message, stack]`. Ends the task. Each failure has a number of its own, so that no text decides a code. */
  threw: 2,
  entryNotFound: 3,
  entryNotCallable: 4,
  inputInvalid: 5,
  argumentsMismatch: 6,
  resultNotEncodable: 7,
  /** id: how many bytes the encoded result has. Ends the task. */
  outputTooLarge: 8,
  /** payload: text for stdout. */
  log: 9,
  /** id: milliseconds until the host must enter with `KIND.timer`; an earlier request is replaced. -1 disarms. */
  armTimer: 10,
  /** The wrapper module has run: every top-level await of the submitted module is over. */
  moduleReady: 11,
} as const

/** Why the host enters the guest. */
export const KIND = {
  /** id: `logBytes`. Before any guest code runs. */
  configure: 0,
  /** payload: one line of JSON (`CallHeader`), a line feed, the input text. */
  call: 1,
  /** The armed time has come. */
  timer: 2,
  /** Before a module: lets the gate module, and nothing after it, tell when the submitted module is evaluated. */
  openGate: 3,
} as const

/** Global through which the gate module reaches the guest program; gone before the submitted module runs. */
export const GATE_GLOBAL = 'workerIsolateGate'

/** Global function of the snapshot that wires a fresh isolate: `(send, keepsUncountedMemory) => entry`. */
export const BOOT_GLOBAL = 'workerIsolateBoot'

/** The name under which the one appended export clause exposes a binding that the module itself does not export. */
export const APPENDED_EXPORT = 'worker-isolate:entry'

export interface CallHeader {
  /** One identifier. */
  readonly name: string
  readonly format: 'json' | 'cloudpickle'
  readonly outputBytes: number
}
