// The guest program: evaluated while the snapshot is made, booted once in every isolate before any guest code.
import { KIND, OP } from './bridge.ts'
import type { Entry, Send } from './bridge.ts'
import { captureLateIntrinsics } from './codec/late-intrinsics.ts'
import { installConsole } from './globals/console.ts'
import { installFinalizationRegistry } from './globals/finalization.ts'
import { createLogBuffer } from './globals/log-buffer.ts'
import { installTimers } from './globals/timers.ts'
import { allowResizableBuffers, installFixedBuffers, removeUncountedMemory } from './harden.ts'
import { deleteProperty, getGlobal, installGlobal } from './intrinsics.ts'
import type { LoadParser } from './run/bind-arguments.ts'
import { runCall } from './run/call.ts'
import { describeError } from './run/describe-error.ts'

/** What the snapshot's scripts put on the global object for each other; `boot` removes all of it. */
interface SnapshotGlobals {
  readonly workerIsolateParser: LoadParser
}

// As much as can be is made with the snapshot: what boot does is paid by every isolate.
let send: Send = () => ''
let namespace: object | undefined
const { workerIsolateParser: loadParser } = getGlobal() as SnapshotGlobals
const { write, configure, flush } = createLogBuffer((text) => send(OP.log, 0, text))
const { runDue } = installTimers((ms) => send(OP.armTimer, ms, ''))
installConsole(write)
installFixedBuffers()
installFinalizationRegistry()

/** Wires the isolate to its host. `hostSend` is the only host function; the answer is the only way in. */
function boot(hostSend: Send, keepsUncountedMemory: boolean, logBytes: number): Entry {
  const globals = getGlobal()
  deleteProperty(globals, 'workerIsolateBoot')
  deleteProperty(globals, 'workerIsolateParser')
  send = hostSend
  captureLateIntrinsics()
  if (keepsUncountedMemory) allowResizableBuffers()
  else removeUncountedMemory()
  configure(logBytes)
  return enter
}

function enter(kind: number, id: number, payload: string): void {
  if (kind === KIND.call) void runCall(payload, { send, loadParser, namespace, flushLog: flush })
  else if (kind === KIND.timer) runTimer()
  else if (kind === KIND.openGate) openGate()
  else if (kind === KIND.configure) configure(id)
  flush()
}

function runTimer(): void {
  try {
    runDue()
  } catch (thrown) {
    flush()
    send(OP.threw, 0, describeError(thrown))
  }
}

/** The gate module takes this global away again before the submitted module is evaluated. */
function openGate(): void {
  installGlobal('workerIsolateGate', (evaluated: object) => {
    namespace = evaluated
    send(OP.moduleReady, 0, '')
  })
}

installGlobal('workerIsolateBoot', boot)
