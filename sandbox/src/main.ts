// The guest program: evaluated while the snapshot is made, booted once in every isolate before any guest code.
import { KIND, OP, PARSER_TEXT } from './bridge.ts'
import type { Entry, Send, Tell } from './bridge.ts'
import { preparePickles } from './codec/formats.ts'
import { captureLateIntrinsics } from './codec/late-intrinsics.ts'
import { createCallHandle } from './globals/call-handle.ts'
import type { CallHandle } from './globals/call-handle.ts'
import { loadConsoleCalls } from './globals/console-calls.ts'
import type { ConsoleCalls } from './globals/console-calls.ts'
import { createConsole } from './globals/console.ts'
import { installEventGlobals } from './globals/event-globals.ts'
import { installFinalizationRegistry } from './globals/finalization.ts'
import { createRemote } from './globals/remote.ts'
import type { Remote } from './globals/remote.ts'
import { installTimerGlobals } from './globals/timer-globals.ts'
import { createTimers } from './globals/timers.ts'
import type { TimerQueue } from './globals/timers.ts'
import { allowResizableBuffers, installFixedBuffers, removeUncountedMemory } from './harden.ts'
import { deleteProperty, getGlobal, installGlobal, ownKeys, stringStartsWith, toInteger, toText } from './intrinsics.ts'
import { runCall } from './run/call.ts'
import { createCalls } from './run/calls.ts'
import { describeError } from './run/describe-error.ts'
import { createModuleState } from './run/module-state.ts'
import type { ModuleState } from './run/module-state.ts'
import type { LoadParser } from './run/parameters.ts'
import { createSignatures } from './run/signatures.ts'
import type { Signatures } from './run/signatures.ts'
import { createStreams } from './run/streams.ts'
import type { Streams } from './run/streams.ts'
import { brotliLink } from './web/brotli-link.ts'
import { startClock } from './web/clock.ts'
import { cryptoLink } from './web/crypto-link.ts'
import { eventLink } from './web/event-link.ts'
import { connectCalls, exchangePort } from './web/fetch/exchange-port.ts'
import { connectEvents, connectHost, loadText, setEnvironment } from './web/host.ts'
import { installWebGlobals } from './web/install.ts'
import { installLazyGlobals, preloadGlobals } from './web/lazy-globals.ts'
import { createReporter } from './web/report-error.ts'
import { timerLink } from './web/timer-link.ts'
import { forgetUses, noteUse, readUsedTier } from './web/used-tier.ts'

// As much as can be is made with the snapshot: what boot does is paid by every isolate.
let send: Send = () => ''
let tell: Tell = () => undefined
/** Whether the present entry is one of `KIND.callNow`. */
let isHeardAtOnce = false
let namespace: object | undefined
const calls = createCalls((id, text) => send(OP.log, id, text))
const { configure, end: endCall, flush, isOver } = calls

// Few isolates need these, and each function that is there from the start costs all of them: made when first needed.
let signatures: Signatures | undefined
const loadSignatures = (): Signatures =>
  (signatures ??= createSignatures(() => {
    const loadParser = loadText(PARSER_TEXT) as LoadParser
    return loadParser()
  }))
let timers: TimerQueue | undefined
const loadTimers = (): TimerQueue =>
  (timers ??= createTimers((ms, owner) => send(OP.armTimer, ms, toText(owner)), calls))
let remote: Remote | undefined
const loadRemote = (): Remote => (remote ??= createRemote((owner, payload) => send(OP.remote, owner, payload), calls))
let moduleState: ModuleState | undefined
const loadModuleState = (): ModuleState =>
  (moduleState ??= createModuleState(() => send(OP.instanceMade, calls.current, '')))
let streams: Streams | undefined
const loadStreams = (): Streams => (streams ??= createStreams((op, id, text) => send(op, id, text), end))
let callHandle: CallHandle | undefined
const loadCallHandle = (): CallHandle =>
  (callHandle ??= createCallHandle({
    calls,
    loadEvents,
    sendProgress: (id, text) => send(OP.progress, id, text),
    sendSignal: (id) => send(OP.signal, id, ''),
  }))

installTimerGlobals(loadTimers)
timerLink.load = loadTimers
const report = createReporter(calls.write)
cryptoLink.calls = calls
const loadEvents = installEventGlobals({
  report,
  setTimer(callback, ms) {
    const { add } = loadTimers()
    add('AbortSignal.timeout', callback, ms, [], false)
  },
})
connectEvents(loadEvents)
installGlobal('progress', (value: unknown) => {
  const { progress } = loadCallHandle()
  progress(value)
})
/** What prints more than plain text. */
function loadInspection(): ConsoleCalls {
  noteUse('console.dir')
  return loadConsoleCalls()
}

let consoleGlobals: object | undefined
installLazyGlobals(['console', 'workerIsolate'], (name) => {
  if (name === 'console')
    return (consoleGlobals ??= { __proto__: null, console: createConsole(calls.write, loadInspection) } as object)
  const { handle } = loadCallHandle()
  return { __proto__: null, workerIsolate: handle }
})
connectCalls(calls)
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
  forgetUses()
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
  else if (kind === KIND.exchange) answerExchange(id, payload)
  else enterForLater(kind, id, payload)
  flush()
}

function call(id: number, payload: string): void {
  void runCall(payload, { id, calls, loadSignatures, namespace, loadModuleState, loadStreams, mark, end })
  const { begun } = cryptoLink
  begun?.()
}

function mark(id: number, op: number): void {
  if (isHeardAtOnce) send(op, id, '')
  else tell(op, id, '', 0)
}

/** Ends a call with one op; whatever it has set up for later ends with it. */
function end(id: number, op: number, payload: string): void {
  if (!endCall(id)) return
  dropOf(id)
  if (isHeardAtOnce) send(op, id, payload, readUsedTier())
  else tell(op, id, payload, readUsedTier())
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
  if (callHandle !== undefined) {
    const { abort: abortSignal } = callHandle
    abortSignal(id)
  }
  if (streams === undefined) return
  const { stop } = streams
  void stop(id)
}

function pull(id: number, payload: string): void {
  calls.current = id
  const { pull: pullChunk } = loadStreams()
  void pullChunk(id, toInteger(payload))
}

function closeStream(id: number): void {
  if (streams === undefined) return
  const { close } = streams
  close(id)
}

function findChange(): string | undefined {
  if (moduleState === undefined) return undefined
  const { findChange: find } = moduleState
  return find()
}

function installRemote(): void {
  const { install } = loadRemote()
  install()
}

function answerRemote(id: number, payload: string): void {
  const { answer } = loadRemote()
  answer(id, payload)
}

function answerExchange(id: number, payload: string): void {
  const port = exchangePort()
  if (port === undefined) return
  const { answer } = port
  answer(id, payload)
}

/** What a call has set up for later. */
function dropOf(id: number): void {
  if (timers !== undefined) {
    const { leaveOf } = timers
    leaveOf(id)
  }
  if (remote !== undefined) {
    const { forget: forgetCalls } = remote
    forgetCalls(id)
  }
  if (callHandle !== undefined) {
    const { drop } = callHandle
    drop(id)
  }
  const { ended } = cryptoLink
  ended?.(id)
  const { ended: brotliEnded } = brotliLink
  brotliEnded?.(id)
  const port = exchangePort()
  if (port === undefined) return
  const { forget: forgetExchanges } = port
  forgetExchanges(id)
}

/** What few isolates are entered for. */
function enterForLater(kind: number, id: number, payload: string): void {
  if (kind === KIND.environment) setEnvironment(payload)
  else if (kind === KIND.cryptoAnswer) {
    const { answer } = cryptoLink
    answer?.(payload)
  } else if (kind === KIND.brotliAnswer) {
    const { answer } = brotliLink
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
  dropOf(0)
  if (!isDeployed) return
  const { loaded: keepModule } = loadModuleState()
  namespace = keepModule(namespace)
}

function runTimer(): void {
  try {
    const { runDue } = loadTimers()
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

/** What the snapshot's scripts put on the global object for each other: whoever needed it has read it by now. */
function removeSnapshotGlobals(): void {
  const names = ownKeys(getGlobal())
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as PropertyKey
    const isOurs = typeof name === 'string' && stringStartsWith(name, 'workerIsolate') && name !== 'workerIsolate'
    if (isOurs) deleteProperty(getGlobal(), name)
  }
}

/** What no snapshot has yet: a larger tier is prepared by a script that comes after this one. */
function preload(names: readonly string[]): void {
  deleteProperty(getGlobal(), 'workerIsolatePreload')
  preloadGlobals(names)
}

removeSnapshotGlobals()
installGlobal('workerIsolateBoot', boot)
installGlobal('workerIsolatePreload', preload)
