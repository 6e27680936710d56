// Names that other runtimes have and this one leaves out. They are not defined, so that `typeof` tells libraries the truth; what
// is added is why, to the message of the ReferenceError that a use of one ends with.
import type { Failure } from '../errors.ts'

const NO_SOCKETS = 'isolates have no sockets; functions are called by requests'
const NO_THREADS = 'an isolate has one thread and nobody to talk to'
const NO_DISK = 'isolates have no disk and keep nothing for later'
const NO_PAGE = 'there is no page'
const UNCOUNTED = 'no memory limit counts what it allocates'
const NOT_NODE = 'code runs in a V8 isolate and not in Node.js'

/** Why, by name; a Map, since messages are the guest's. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ...pairs(['XMLHttpRequest'], 'it is older than promises and never waits as they do; use fetch'),
  ...pairs(['WebSocket', 'WebSocketStream', 'WebTransport', 'EventSource', 'RTCPeerConnection'], NO_SOCKETS),
  ...pairs(['BroadcastChannel', 'Worker', 'SharedWorker'], NO_THREADS),
  ...pairs(['FileReaderSync'], 'the methods of Blob do the same, such as text() and arrayBuffer()'),
  ...pairs(['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore'], NO_DISK),
  ...pairs(
    ['window', 'document', 'location', 'history', 'alert', 'requestAnimationFrame', 'Image', 'Element'],
    NO_PAGE,
  ),
  ...pairs(['WebAssembly', 'SharedArrayBuffer', 'Atomics'], UNCOUNTED),
  ...pairs(
    ['require', 'module', 'exports', '__dirname', '__filename'],
    `${NOT_NODE}; code is bundled with what it imports and requires`,
  ),
  ...pairs(
    ['Buffer'],
    `${NOT_NODE}; import it from 'node:buffer', or use Uint8Array, atob and btoa, TextEncoder and TextDecoder`,
  ),
  ...pairs(['setImmediate', 'clearImmediate'], `${NOT_NODE}; use setTimeout or queueMicrotask`),
  ...pairs(['global'], `${NOT_NODE}; use globalThis`),
  ...pairs(['Deno', 'Bun'], 'code runs in a V8 isolate of this service'),
])

function pairs(names: readonly string[], reason: string): readonly (readonly [string, string])[] {
  return names.map((name) => [name, reason] as const)
}

const NOT_DEFINED = /^(?:ReferenceError: )?([\w$]{1,32}) is not defined$/u

/** A failure of the code that is about one of these says why; every other one is as it was. */
export function explainLeftOut(failure: Failure): Failure {
  if (failure.code !== 'GUEST_THREW') return failure
  const [, name = ''] = NOT_DEFINED.exec(failure.message) ?? []
  const reason = REASONS.get(name)
  return reason === undefined
    ? failure
    : { ...failure, message: `${failure.message}: ${name} is left out, since ${reason}.` }
}
