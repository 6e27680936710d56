// All that host and guest share: two plain functions that carry numbers, booleans and strings, and the meaning of those.
// The host side imports this file for its types and tables only; it must type-check in both worlds.

/** Guest to host, synchronous: the guest waits, so it cannot flood. The answer is a string, never an object or a promise. */
export type Send = (op: number, id: number, payload: string, usedTier?: number) => string

/**
 * Guest to host, without waiting: how a call ended and how far it is, three times a call at most, so that nothing piles up. An entry from the host's
 * own thread uses `Send` instead, with the same arguments. `usedTier` is the smallest of `TIERS` that has what code has used so far.
 */
export type Tell = (op: number, id: number, payload: string, usedTier: number) => void

/** Host to guest, always applied under a timeout. Answers come back through `Tell` or `Send`, never as a return value. */
export type Entry = (kind: number, id: number, payload: string) => void

/**
 * What the guest tells the host. Where an op ends a call or belongs to one, id is that call's number: 0 in an isolate with
 * one task, above 0 in one that serves a deployed module.
 */
export const OP = {
  /** payload: the encoded result. Ends the call. */
  result: 1,
  /** payload: JSON `[message, stack]`. Ends the call. Each failure has a number of its own, so that no text decides a code. */
  threw: 2,
  entryNotFound: 3,
  entryNotCallable: 4,
  inputInvalid: 5,
  argumentsMismatch: 6,
  resultNotEncodable: 7,
  /** payload: how many bytes the encoded result has. Ends the call. */
  outputTooLarge: 8,
  /** payload: text for stdout. */
  log: 9,
  /**
   * id: milliseconds until the host must enter with `KIND.timer`; an earlier request is replaced. -1 disarms.
   * payload: the call that set the timer.
   */
  armTimer: 10,
  /** The wrapper module has run: every top-level await of the submitted module is over. */
  moduleReady: 11,
  /** A built-in is not what it was when the module had been loaded. payload: its name. */
  builtInChanged: 12,
  /** The function has returned an iterator: the host asks for each chunk with `KIND.pull`. */
  stream: 13,
  /**
   * payload: what the iterator gave, encoded like a result. The answer is how many bytes the next chunk may have, and nothing
   * when that is to wait for `KIND.pull`.
   */
  chunk: 14,
  /** The iterator has nothing more to give. payload: the list of all chunks, if the call asks for it. Ends the call. */
  streamed: 15,
  /**
   * A call of a function of another resource. id: the call that makes it. payload: a number that no other has had, a line
   * feed, the name, a line feed, the arguments as a JSON object. The host answers `REMOTE_ACCEPTED`, or why not.
   */
  remote: 16,
  /** payload: how many bytes the list of all chunks has. Ends the call. */
  aggregateTooLarge: 17,
  /** payload: what the code says of the call, in JSON. */
  progress: 18,
  /** The call has asked for its signal: the host enters with `KIND.cancel` before it ends the call for somebody else. */
  signal: 19,
  /** The constructor of the class has run, and its instance is kept. id: the call that made it. */
  instanceMade: 20,
  /** id: how many random bytes, `MAX_ENTROPY_BYTES` at most. The answer has one character for each, below U+0100. */
  entropy: 21,
  /**
   * payload: a domain of a URL with characters beyond ASCII, `MAX_DOMAIN_CHARACTERS` at most and
   * without what no domain may have. The answer is what it is in ASCII, or nothing when it is no domain.
   */
  domainToAscii: 22,
  /** The answer is JSON: the tables of the encodings of Chinese, Japanese and Korean, by their names. */
  legacyTables: 23,
  /** id: the number of a part of the guest program. The answer is its source, an expression that is a function. */
  groupText: 24,
  /**
   * A request to another host. id: the call that makes it. payload: a number above those of all earlier ones, a line feed, the
   * head as JSON (`method`, `url`, `headers` as pairs with names in lower case, `redirect`, `hasBody`, and `bodyBytes` where that is known),
   * `MAX_EXCHANGE_HEAD_CHARACTERS` at most. The host answers `EXCHANGE_ACCEPTED`, JSON
   * `[code, message]`, or nothing when the call is over. Of the answer's body comes what the guest program may hold: `MAX_PIECE_BYTES`.
   */
  exchangeOpen: 40,
  /**
   * One piece of the request's body. id: the call. payload: the number, a line feed, the bytes in base64, `MAX_PIECE_BYTES` at
   * most. The next may come when `EXCHANGE_EVENT.room` has.
   */
  exchangeWrite: 41,
  /** The request's body is complete. payload: the number. */
  exchangeEnd: 42,
  /** So much of the answer's body has been read. payload: the number, a line feed, how many bytes more than was said before. */
  exchangeRead: 43,
  /** Nobody wants it any more. payload: the number. */
  exchangeCancel: 44,
  /**
   * An operation of `crypto.subtle`. id: the call that asks. payload: JSON, `MAX_CRYPTO_CHARACTERS` at most. The host answers
   * `NATIVE_ACCEPTED` and enters with `KIND.cryptoAnswer` later, or nothing when it has no room for it.
   */
  crypto: 50,
  /**
   * A step of a brotli stream. id: the call that asks. payload: a number above those of all earlier ones, a line feed, the number
   * of the stream, a line feed, one of `BROTLI_STEP`, a line feed, `MAX_PIECE_BYTES` at most in base64. The host answers
   * `NATIVE_ACCEPTED` and enters with `KIND.brotliAnswer` later, or nothing when it has no room for it.
   */
  brotli: 52,
  /** The code listens to rejections that nothing handles: the host enters with `KIND.rejection` instead of telling them itself. */
  hearsRejections: 51,
  /** Of a call that is measured in detail: it has its arguments. id: the call. */
  decoded: 60,
  /** Of a call that is measured in detail: the function has returned, and what it returned is there. id: the call. */
  returned: 61,
} as const

/** The host has taken what was said of a request, and goes on with it. */
export const EXCHANGE_ACCEPTED = 'accepted'

/** Of a request or an answer to another host. */
export const MAX_PIECE_BYTES = 65_536

export const MAX_EXCHANGE_HEAD_CHARACTERS = 32_768

/** What the host tells of a request to another host. */
export const EXCHANGE_EVENT = {
  /** JSON: `status`, `statusText`, `headers`, `url`, `isRedirected`, `hasBody`. */
  head: 'head',
  /** The head of an answer without a body, with which the exchange is over. */
  bodiless: 'bodiless',
  /** The last piece of the request has been taken. */
  room: 'room',
  /** No more of the request is wanted. */
  closed: 'closed',
  /** Bytes of the answer in base64. */
  piece: 'piece',
  /** The answer is complete, and the exchange over. */
  end: 'end',
  /** It is over without that. JSON `[code, message]`. */
  failure: 'failure',
} as const

/** The number of the parser of parameters among the parts of the guest program that lie beside the snapshots; groups follow. */
export const PARSER_TEXT = 0

export const MAX_ENTROPY_BYTES = 16_384

/** Twice as long as any name that DNS can hold. What the host does for one grows with the square of its length. */
export const MAX_DOMAIN_CHARACTERS = 512

/** Why the host enters the guest. */
export const KIND = {
  /** id: `logBytes`. Before any guest code runs. */
  configure: 0,
  /** id: the number of the call. payload: one line of JSON (`CallHeader`), a line feed, the input text. */
  call: 1,
  /** The armed time has come. */
  timer: 2,
  /** Before a module: lets the gate module, and nothing after it, tell when the submitted module is evaluated. */
  openGate: 3,
  /**
   * The code has been evaluated: from now on calls come, and what it has set up for later is over. id: 0 for a deployed module,
   * 1 for source that came with a request, whose names are looked up where it declares them.
   */
  loaded: 4,
  /** id: a call that nobody waits for any more. Its timers end, its answer is dropped, and an iterator is told to return. */
  forget: 5,
  /** id: a call whose iterator is to give its next chunk. payload: how many bytes that may have. */
  pull: 6,
  /** Before a deployed module: gives it what only deployed code has. */
  deployed: 7,
  /**
   * What came of a remote call. id: the call that made it. payload: its number, a line feed, one of `REMOTE_SHAPE`, a line
   * feed, the text.
   */
  remoteAnswer: 8,
  /** As `call`, but entered from the host's own thread, which hears at once and cannot be told of anything later. */
  callNow: 9,
  /** id: a call that is cancelled, and has a moment to end by itself: its signal is aborted, and an iterator is told to return. */
  cancel: 10,
  /**
   * What came of a request to another host. id: the call that made it. payload: its number, a line feed, one of
   * `EXCHANGE_EVENT`, a line feed, the text.
   */
  exchange: 20,
  /** What came of an operation of `crypto.subtle`. id: the call that asked. payload: its number, a line feed, JSON. */
  cryptoAnswer: 30,
  /** What came of a step of a brotli stream. id: the call that asked. payload: its number, a line feed, one of `BROTLI_ANSWER`, a line feed, base64. */
  brotliAnswer: 33,
  /** Before any guest code, in an isolate whose owner has set variables. payload: a JSON object of texts, `process.env`. */
  environment: 31,
  /** A rejection that nothing handled. id: the call in whose entry it was found. payload: JSON `[message, stack, line of the log]`. */
  rejection: 32,
} as const

/** The host has taken an operation that is done outside of the isolate, and will answer it. */
export const NATIVE_ACCEPTED = 'accepted'

/** What a guest asks of a brotli stream; the first two begin one. */
export const BROTLI_STEP = {
  compress: 'compress',
  decompress: 'decompress',
  write: 'write',
  /** After `BROTLI_ANSWER.more`. */
  goOn: 'goOn',
  /** Nothing more comes. */
  end: 'end',
  /** Nobody wants it any more. There is no answer. */
  close: 'close',
} as const

/**
 * Bytes in base64 come with `more`, of which more are to be had without further input, with `done`, which is all that comes of what
 * was given, and with `trailing`, behind which there is input left over. All but the first two end the stream; one that is `lost`
 * is of a call that is over, or another stream has its place.
 */
export const BROTLI_ANSWER = {
  more: 'more',
  done: 'done',
  trailing: 'trailing',
  corrupt: 'corrupt',
  truncated: 'truncated',
  lost: 'lost',
} as const

/** Operations that one call may have with the host; more wait in the guest. */
export const MAX_CRYPTO_PENDING = 4

/** Of the data of one operation of `crypto.subtle`. */
export const MAX_CRYPTO_BYTES = 8 * 1024 * 1024

/** Of one operation as text: the data in base64, a key, and what else there is. */
export const MAX_CRYPTO_CHARACTERS = 12_000_000

/** Steps of brotli streams that one isolate may have with the host, one of each stream, and how long one is as text. */
export const MAX_BROTLI_PENDING = 64
export const MAX_BROTLI_CHARACTERS = 87_500
/** What the streams of all isolates of a process have beside these: room for eight of the usual windows, or two of the largest. */
export const MAX_BROTLI_MIB = 40

/** The host has taken a remote call and will answer it. */
export const REMOTE_ACCEPTED = 'accepted'

export const REMOTE_SHAPE = {
  /** A job of the platform's API as JSON, whose `output` is the result. */
  job: 'job',
  /** The result as JSON. */
  plain: 'plain',
  /** JSON `[code, message]`. */
  failure: 'failure',
} as const

/** Global function through which a bundle calls functions of other resources; only in isolates of deployed modules. */
export const REMOTE_GLOBAL = 'workerIsolateRemote'

/** Global through which the gate module reaches the guest program; gone before the submitted module runs. */
export const GATE_GLOBAL = 'workerIsolateGate'

/** Global function of the snapshot that wires a fresh isolate: `(send, tell, keepsUncountedMemory, logBytes, expectsPickles) => entry`. */
export const BOOT_GLOBAL = 'workerIsolateBoot'

/** Global function of the snapshot that prepares a tier while the snapshot is made: `(names of globals) => void`. */
export const PRELOAD_GLOBAL = 'workerIsolatePreload'

/**
 * The snapshots, each with more of the web globals made already than the one before. A program gets the same from all of
 * them: which one it runs in decides only what the first use of a global costs, and what an isolate does.
 */
export const TIERS = ['base', 'web', 'fetch', 'full'] as const

/** A place in `TIERS`. */
export type Tier = number

/** Of globals, and of methods, whose first use is dear in a smaller tier: the tier that has them made, or compiled, already. */
export const GLOBAL_TIERS = {
  __proto__: null,
  AbortController: 1,
  AbortSignal: 1,
  Event: 1,
  EventTarget: 1,
  MessageChannel: 1,
  MessagePort: 1,
  TextDecoder: 1,
  TextEncoder: 1,
  URL: 1,
  URLSearchParams: 1,
  atob: 1,
  btoa: 1,
  'console.dir': 1,
  'console.table': 1,
  crypto: 1,
  performance: 1,
  structuredClone: 1,
  Blob: 2,
  File: 2,
  FileReader: 2,
  FormData: 2,
  Headers: 2,
  Request: 2,
  Response: 2,
  fetch: 2,
  ReadableStream: 3,
  WritableStream: 3,
  TransformStream: 3,
  TextEncoderStream: 3,
  TextDecoderStream: 3,
  CompressionStream: 3,
  DecompressionStream: 3,
} as unknown as Readonly<Record<string, Tier | undefined>>

/** The name under which the one appended export clause exposes a binding that the module itself does not export. */
export const APPENDED_EXPORT = 'worker-isolate:entry'

export interface CallHeader {
  /** One identifier. */
  readonly name: string
  readonly format: 'json' | 'cloudpickle'
  readonly outputBytes: number
  /** Whether the code is a bundled script, whose exports are in `MODULE_EXPORTS_GLOBAL`, though the isolate has one call only. */
  readonly isBundle?: boolean
  /** For a class: the method to call, on the one instance that the isolate has of it; the first call makes that. */
  readonly method?: { readonly name: string }
  /** What the call may print; absent when the isolate has one call only, which `configure` tells. */
  readonly logBytes?: number
  /** Whether a parameter without default that gets nothing is an error, as it is when a caller has keywords only. */
  readonly needsAll?: boolean
  /** Whether an iterator that the function returns is given chunk by chunk; otherwise the result is the list of what it gives. */
  readonly mayStream?: boolean
  /** Whether somebody wants to hear what the code says of the call. */
  readonly tellsProgress?: boolean
  /** Whether the result of a stream is the list of its chunks. */
  readonly isStreamAggregated?: boolean
  /** Whether the host wants `OP.decoded` and `OP.returned`. */
  readonly isDetailed?: boolean
  /** Parameters that may get nothing all the same. */
  readonly optional?: readonly string[]
}

/** The variable in which the bundled script of a deployed module leaves its exports. */
export const MODULE_EXPORTS_GLOBAL = 'workerIsolateModule'
