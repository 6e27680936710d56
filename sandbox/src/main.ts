// The guest program: evaluated while the snapshot is made, booted once in every isolate before any guest code.
import { KIND, OP } from './bridge.ts'
import type { Entry, Send, Tell } from './bridge.ts'
import { preparePickles } from './codec/formats.ts'
import { captureLateIntrinsics } from './codec/late-intrinsics.ts'
import { installCallHandle } from './globals/call-handle.ts'
import { installConsole } from './globals/console.ts'
import { installEventGlobals } from './globals/event-globals.ts'
import { installFinalizationRegistry } from './globals/finalization.ts'
import { createRemote } from './globals/remote.ts'
import { installTimers } from './globals/timers.ts'
import { allowResizableBuffers, installFixedBuffers, removeUncountedMemory } from './harden.ts'
import { deleteProperty, getGlobal, installGlobal, ownKeys, stringStartsWith, toInteger, toText } from './intrinsics.ts'
import { runCall } from './run/call.ts'
import { createCalls } from './run/calls.ts'
import { describeError } from './run/describe-error.ts'
import { createModuleState } from './run/module-state.ts'
import type { LoadParser } from './run/parameters.ts'
import { createSignatures } from './run/signatures.ts'
import { createStreams } from './run/streams.ts'
import { startClock } from './web/clock.ts'
import { cryptoLink } from './web/crypto-link.ts'
import { eventLink } from './web/event-link.ts'
import { connectEvents, connectHost, setEnvironment } from './web/host.ts'
import { installWebGlobals } from './web/install.ts'
import { createReporter } from './web/report-error.ts'

/** What the snapshot's scripts put on the global object for each other; `removeSnapshotGlobals` takes it away. */
interface SnapshotGlobals {
  readonly workerIsolateParser: LoadParser
}

// As much as can be is made with the snapshot: what boot does is paid by every isolate.
let send: Send = () => ''
let tell: Tell = () => undefined
/** Whether the present entry is one of `KIND.callNow`. */
let isHeardAtOnce = false
let namespace: object | undefined
const { workerIsolateParser } = getGlobal() as SnapshotGlobals
const signatures = createSignatures(workerIsolateParser)
const calls = createCalls((id, text) => send(OP.log, id, text))
const { configure, end: endCall, flush, isOver } = calls
const { runDue, leaveOf, setTimer } = installTimers((ms, owner) => send(OP.armTimer, ms, toText(owner)), calls)
const {
  install: installRemote,
  answer: answerRemote,
  forget: forgetRemote,
} = createRemote((owner, payload) => send(OP.remote, owner, payload), calls)
const moduleState = createModuleState(() => send(OP.instanceMade, calls.current, ''))
const { findChange, loaded: keepModule } = moduleState
const streams = createStreams((op, id, text) => send(op, id, text), end)
const { pull: pullStream, close: closeStream, stop: stopStream } = streams
const report = createReporter(calls.write)
cryptoLink.calls = calls
const loadEvents = installEventGlobals({
  report,
  setTimer: (callback, ms) => setTimer('AbortSignal.timeout', callback, ms),
})
connectEvents(loadEvents)
const { abort: abortSignal, drop: dropSignal } = installCallHandle({
  calls,
  loadEvents,
  sendProgress: (id, text) => send(OP.progress, id, text),
  sendSignal: (id) => send(OP.signal, id, ''),
})
installConsole(calls.write)
installWebGlobals(report)
installFixedBuffers()
installFinalizationRegistry()

/**
 * Wires the isolate to its host. `hostSend` and `hostTell` are the only host functions; the answer is the only way in.
 * @param expectsPickles whether the codec of pickles is compiled now instead of in the first call that has some.
 */
function boot(
  hostSend: Send,
  hostTell: Tell,
  keepsUncountedMemory: boolean,
  logBytes: number,
  expectsPickles: boolean,
): Entry {
  deleteProperty(getGlobal(), 'workerIsolateBoot')
  send = hostSend
  tell = hostTell
  connectHost(hostSend)
  startClock()
  captureLateIntrinsics()
  if (keepsUncountedMemory) allowResizableBuffers()
  else removeUncountedMemory()
  configure(logBytes)
  if (expectsPickles) preparePickles()
  return enter
}

function enter(kind: number, id: number, payload: string): void {
  isHeardAtOnce = kind === KIND.callNow
  calls.lastHeir = 0
  if (kind === KIND.call || isHeardAtOnce) call(id, payload)
  else if (kind === KIND.timer) runTimer()
  else if (kind === KIND.openGate) openGate()
  else if (kind === KIND.configure) configure(id)
  else if (kind === KIND.loaded) loaded(id === 0)
  else if (kind === KIND.forget) forget(id)
  else if (kind === KIND.pull) pull(id, payload)
  else if (kind === KIND.deployed) installRemote()
  else if (kind === KIND.remoteAnswer) answerRemote(id, payload)
  else if (kind === KIND.cancel) abort(id)
  else enterForLater(kind, id, payload)
  flush()
}

function call(id: number, payload: string): void {
  void runCall(payload, { id, calls, signatures, namespace, moduleState, streams, end })
  const { begun } = cryptoLink
  begun?.()
}

/** Ends a call with one op; whatever it has set up for later ends with it. */
function end(id: number, op: number, payload: string): void {
  if (!endCall(id)) return
  dropOf(id)
  if (isHeardAtOnce) send(op, id, payload)
  else tell(op, id, payload)
  closeStream(id)
  if (id === 0) return
  const changed = findChange()
  if (changed !== undefined) send(OP.builtInChanged, id, changed)
}

/** What an iterator does when it is told to return belongs to a call that has ended: it prints and plans nothing. */
function forget(id: number): void {
  calls.current = id
  if (endCall(id)) dropOf(id)
  closeStream(id)
}

/** Listeners run first, so that what they do is known when an iterator is told to return. */
function abort(id: number): void {
  calls.current = id
  if (isOver(id)) return
  abortSignal(id)
  void stopStream(id)
}

function pull(id: number, payload: string): void {
  calls.current = id
  void pullStream(id, toInteger(payload))
}

/** What a call has set up for later. */
function dropOf(id: number): void {
  leaveOf(id)
  forgetRemote(id)
  dropSignal(id)
  const { ended } = cryptoLink
  ended?.(id)
}

/** What few isolates are entered for. */
function enterForLater(kind: number, id: number, payload: string): void {
  if (kind === KIND.environment) setEnvironment(payload)
  else if (kind === KIND.cryptoAnswer) {
    const { answer } = cryptoLink
    answer?.(payload)
  } else if (kind === KIND.rejection) {
    calls.current = id
    const { tellRejection } = eventLink
    const { write } = calls
    write(tellRejection?.(payload) ?? '')
  }
}

function loaded(isDeployed: boolean): void {
  flush()
  leaveOf(0)
  dropSignal(0)
  if (isDeployed) namespace = keepModule(namespace)
}

function runTimer(): void {
  try {
    runDue()
  } catch (thrown) {
    const { tellError } = eventLink
    if (tellError?.(thrown) === false) return
    // Said where its call prints: it is not what that call has done.
    if (calls.lastHeir > 0) throw thrown
    end(calls.current, OP.threw, describeError(thrown))
  }
}

/** The gate module takes this global away again before the submitted module is evaluated. */
function openGate(): void {
  installGlobal('workerIsolateGate', (evaluated: object) => {
    namespace = evaluated
    send(OP.moduleReady, 0, '')
  })
}

/** Whoever needed one of them has read it while the guest program was evaluated. */
function removeSnapshotGlobals(): void {
  const names = ownKeys(getGlobal())
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as PropertyKey
    const isOurs = typeof name === 'string' && stringStartsWith(name, 'workerIsolate') && name !== 'workerIsolate'
    if (isOurs) deleteProperty(getGlobal(), name)
  }
}

removeSnapshotGlobals()
installGlobal('workerIsolateBoot', boot)
