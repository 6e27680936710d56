// Entry of an executor process: load everything, strip the process of its rights, then serve the socket on fd 3.
import { openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { readExecutorArguments } from '../ipc/executor-arguments.ts'
import { FrameReader } from '../ipc/frame.ts'
import { closeInheritedFiles } from './confine/close-inherited.ts'
import { confineSelf } from './confine/confine-self.ts'
import { describeConfinement } from './confine/describe-confinement.ts'
import { IsolateExecutor } from './executor.ts'
import { Snapshots } from './load-snapshot.ts'

const SOCKET_FD = 3

const options = readExecutorArguments(process.argv)
const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable: the process has been killed')
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The parent ends its executors itself, after the tasks that they run.
  process.on(signal, () => undefined)
}

// For isolates that are made from now on, on this thread: the functions of this program that they call have room behind them.
if (options.guestStackKb !== null) setFlagsFromString(`--stack-size=${options.guestStackKb}`)

closeInheritedFiles()
// Read when a program first asks for one: by then, this process opens no file.
const tierFiles = options.tierPaths.map((path) => openSync(path, 'r'))
const snapshots = new Snapshots(options.snapshotPath, tierFiles, (problem) => process.stderr.write(`${problem}\n`))
// For isolates that are made from now on. All strings of this process and of the snapshots then have hashes of one seed.
if (options.hashSeed !== null && snapshots.hashSeed === options.hashSeed) setFlagsFromString('--no-rehash-snapshot')
const socket = new Socket({ fd: SOCKET_FD, readable: true, writable: true })
const executor = new IsolateExecutor({
  memoryMb: options.memoryMb,
  logBytes: options.logBytes,
  ready: options.isolatesReady,
  guestWasm: options.guestWasm,
  mayEnterNow: options.guestStackKb !== null,
  snapshots,
  write: (frame) => socket.write(frame),
})
const reader = new FrameReader(() => options.maxFrameBytes)
socket.on('data', (chunk: Buffer) => {
  for (const frame of reader.push(chunk)) executor.handle(frame)
})
socket.on('close', die)
socket.on('error', die)

const { confinement: level, uid, strict } = options
const state = confineSelf({ level, uid, gid: uid, strict, dropPermissions: true })
// A top-level await would make an ES module of the bundle, whose loader costs more than all of the executor.
void executor.prepare().then(() => executor.announceReady(describeConfinement(state)))
