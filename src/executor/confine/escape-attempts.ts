// Tries, by raw system calls, what a guest would try that controls the whole executor process. For the doctor and for tests.
import type { Native, NativeArgument } from './native.ts'
import { nativeBytes } from './native.ts'
import type { Architecture, SystemCall } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'

export interface EscapeTargets {
  /** A file that every user may read. */
  readonly filePath: string
  /** A file that does not exist yet, in a folder where every user may write. */
  readonly newFilePath: string
  /** A program that ends at once with exit code zero. */
  readonly programPath: string
  /** A port of 127.0.0.1 on which something listens. */
  readonly port: number
  /** A process outside that may be signalled with signal zero. */
  readonly otherPid: number
  /** Whether to attach to that process as a debugger; it stops when that succeeds. */
  readonly trace: boolean
}

export interface EscapeAttempt {
  readonly name: string
  /** Zero when the kernel let it happen, else the error number. */
  readonly errno: number
}

const AT_FDCWD = -100
const O_WRONLY_CREATE = 0o101
const AF_UNIX = 1
const AF_INET = 2
const SOCK_STREAM = 1
const SOCKADDR_IN_BYTES = 16
const SIGCHLD = 17
const CLONE_NEWUTS = 0x0400_0000
const PTRACE_ATTACH = 16
const ENOSYS = 38
const STATUS_BYTES = 8
const POINTER_BYTES = 8

/** Makes every attempt once, in an order in which a success does not spoil the next one. */
export function attemptEscapes(native: Native, architecture: Architecture, targets: EscapeTargets): EscapeAttempt[] {
  const call = (name: SystemCall, ...args: readonly NativeArgument[]): number => {
    const number = systemCallNumber(name, architecture)
    return number === null ? -ENOSYS : native.call(number, ...args)
  }
  const closing = (descriptor: number): number => {
    if (descriptor >= 0) call('close', descriptor)
    return descriptor
  }
  const attempts: readonly (readonly [name: string, run: () => number])[] = [
    ['open a file', () => closing(call('openat', AT_FDCWD, cString(targets.filePath), 0, 0))],
    ['create a file', () => closing(call('openat', AT_FDCWD, cString(targets.newFilePath), O_WRONLY_CREATE, 0o600))],
    ['create memory files', () => closing(call('memfd_create', cString('probe'), 0))],
    ['open a socket', () => closing(call('socket', AF_INET, SOCK_STREAM, 0))],
    ['open a local socket', () => closing(call('socket', AF_UNIX, SOCK_STREAM, 0))],
    ['connect to a port', () => connect(call, targets.port)],
    ['set up io_uring', () => closing(call('io_uring_setup', 1, nativeBytes(256)))],
    ['fork', () => fork(call, () => 0)],
    ['run a program', () => fork(call, () => execute(native, call, targets.programPath))],
    ['signal another process', () => call('kill', targets.otherPid, 0)],
    ['open another process', () => closing(call('pidfd_open', targets.otherPid, 0))],
    ['make a namespace', () => call('unshare', CLONE_NEWUTS)],
    ['become root', () => call('setuid', 0)],
    ...(targets.trace
      ? [['trace another process', () => call('ptrace', PTRACE_ATTACH, targets.otherPid, 0, 0)] as const]
      : []),
  ]
  return attempts.map(([name, run]) => ({ name, errno: Math.max(0, -run()) }))
}

type Call = (name: SystemCall, ...args: readonly NativeArgument[]) => number

function connect(call: Call, port: number): number {
  const address = nativeBytes(SOCKADDR_IN_BYTES)
  const view = new DataView(address.buffer)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, port, false)
  address.set([127, 0, 0, 1], 4)
  const socket = call('socket', AF_INET, SOCK_STREAM, 0)
  if (socket < 0) return socket
  const connected = call('connect', socket, address, address.byteLength)
  call('close', socket)
  return connected
}

/** Forks a child that ends at once, or becomes `program`; where forking is refused, the program is tried in place. */
function fork(call: Call, become: () => number): number {
  const child = call('clone', SIGCHLD, 0, 0, 0, 0)
  if (child < 0) return become() || child
  if (child === 0) call('exit_group', -become())
  const status = nativeBytes(STATUS_BYTES)
  const waited = call('wait4', child, status, 0, null)
  // The second byte of a wait status is the exit code: here the error number of the child.
  return waited < 0 ? waited : -(status[1] ?? 0)
}

/** Replaces this process by a program that has its own path as the only argument; returns only when that fails. */
function execute(native: Native, call: Call, programPath: string): number {
  const path = cString(programPath)
  const args = nativeBytes(POINTER_BYTES * 2)
  new DataView(args.buffer).setBigUint64(0, native.addressOf(path), true)
  return call('execve', path, args, nativeBytes(POINTER_BYTES))
}

function cString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  const memory = nativeBytes(bytes.length + 1)
  memory.set(bytes)
  return memory
}
