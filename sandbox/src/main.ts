// The guest program: evaluated once while the snapshot is made, booted once in every isolate before any guest code.
import { KIND, OP } from './bridge.ts'
import type { Entry, Send } from './bridge.ts'
import { captureLateIntrinsics } from './codec/late-intrinsics.ts'
import { installConsole } from './globals/console.ts'
import { createLogBuffer } from './globals/log-buffer.ts'
import { installTimers } from './globals/timers.ts'
import { harden } from './harden.ts'
import { deleteProperty, getGlobal, installGlobal } from './intrinsics.ts'
import type { LoadParser } from './run/bind-arguments.ts'
import { runCall } from './run/call.ts'
import { describeError } from './run/describe-error.ts'

/** What the snapshot's scripts put on the global object for each other; `boot` removes all of it. */
interface SnapshotGlobals {
  workerIsolateParser?: LoadParser
  workerIsolateGate?: (namespace: object) => void
}

/** Wires the isolate to its host. `send` is the only host function; the answer is the only way in. */
function boot(send: Send, keepsUncountedMemory: boolean, logBytes: number): Entry {
  const globals = getGlobal() as SnapshotGlobals
  const loadParser = globals.workerIsolateParser as LoadParser
  deleteProperty(globals, 'workerIsolateBoot')
  deleteProperty(globals, 'workerIsolateParser')
  captureLateIntrinsics()
  if (!keepsUncountedMemory) harden()

  const log = createLogBuffer((text) => send(OP.log, 0, text))
  log.configure(logBytes)
  installConsole(log.write)
  const timers = installTimers((ms) => send(OP.armTimer, ms, ''))
  let namespace: object | undefined

  return (kind, id, payload) => {
    switch (kind) {
      case KIND.configure:
        log.configure(id)
        break
      case KIND.openGate:
        // The gate module takes this global away again before the submitted module is evaluated.
        installGlobal('workerIsolateGate', (evaluated: object) => {
          namespace = evaluated
          send(OP.moduleReady, 0, '')
        })
        break
      case KIND.call:
        void runCall(payload, { send, loadParser, namespace, flushLog: log.flush })
        break
      case KIND.timer:
        try {
          timers.runDue()
        } catch (thrown) {
          log.flush()
          send(OP.threw, 0, describeError(thrown))
        }
        break
      default:
        break
    }
    log.flush()
  }
}

installGlobal('workerIsolateBoot', boot)
