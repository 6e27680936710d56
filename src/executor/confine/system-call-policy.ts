// Which system calls a running executor may make: what Node.js, V8 and isolated-vm need once everything is loaded, and
// nothing that names a file, an address, another process or a new right.
import type { Instruction } from './bpf.ts'
import {
  ALLOW,
  KILL_PROCESS,
  andWith,
  answer,
  failWith,
  jumpIfEqual,
  loadArchitecture,
  loadArgument,
  loadNumber,
} from './bpf.ts'
import type { Architecture, SystemCall } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'

const EPERM = 1
const ENOSYS = 38

/** `AUDIT_ARCH_*` of the kernel: a 32-bit call on a 64-bit kernel has other numbers, so it ends the process. */
const AUDIT_ARCHITECTURE: Readonly<Record<Architecture, number>> = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
}

/** Calls that are harmless with any arguments, the most frequent first. */
const ALLOWED = [
  ['read', 'write', 'futex', 'epoll_pwait', 'epoll_wait', 'mprotect', 'madvise', 'mmap', 'munmap', 'mremap', 'brk'],
  ['writev', 'readv', 'close', 'fstat', 'lseek', 'poll', 'ppoll', 'epoll_ctl', 'epoll_create1', 'eventfd2', 'pipe2'],
  ['clock_gettime', 'clock_getres', 'clock_nanosleep', 'nanosleep', 'gettimeofday', 'time', 'getcpu', 'pause'],
  [
    'rt_sigaction',
    'rt_sigprocmask',
    'rt_sigreturn',
    'rt_sigpending',
    'rt_sigtimedwait',
    'rt_sigsuspend',
    'sigaltstack',
  ],
  ['sched_yield', 'sched_getaffinity', 'sched_getparam', 'sched_getscheduler', 'membarrier', 'rseq', 'set_robust_list'],
  ['getpid', 'gettid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid', 'getrusage', 'sysinfo', 'getcwd'],
  ['getrandom', 'pkey_mprotect', 'pkey_alloc', 'pkey_free', 'shutdown'],
  ['restart_syscall', 'exit', 'exit_group'],
] as const satisfies readonly (readonly SystemCall[])[]

/** A call that is allowed when one argument, masked, is one of these values. */
interface ArgumentRule {
  readonly call: SystemCall
  readonly argument: number
  readonly mask?: number
  readonly oneOf: readonly number[]
}

const CLONE_THREAD = 0x0001_0000
/** New mount, cgroup, UTS, IPC, user, PID and network namespaces. */
const CLONE_NAMESPACES = 0x7e02_0000
const PR_SET_NAME = 15
const PR_GET_NAME = 16
/** Names a memory area for `/proc`; the C library and V8 do it. */
const PR_SET_VMA = 0x5356_4d41
/** Duplicate a descriptor, read and write its flags; not the commands that make the kernel send signals for it. */
const FCNTL_COMMANDS = [0, 1, 2, 3, 4, 1030]
/** `FIONBIO`, `FIOCLEX`, `FIONCLEX`, `FIONREAD`, and the question whether it is a terminal. */
const IOCTL_COMMANDS = [0x5421, 0x5451, 0x5450, 0x541b, 0x5401]

function argumentRules(pid: number): readonly ArgumentRule[] {
  return [
    { call: 'clone', argument: 0, mask: CLONE_THREAD | CLONE_NAMESPACES, oneOf: [CLONE_THREAD] },
    { call: 'kill', argument: 0, oneOf: [pid] },
    { call: 'tgkill', argument: 0, oneOf: [pid] },
    { call: 'prctl', argument: 0, oneOf: [PR_SET_NAME, PR_GET_NAME, PR_SET_VMA] },
    { call: 'fcntl', argument: 1, oneOf: FCNTL_COMMANDS },
    { call: 'ioctl', argument: 1, oneOf: IOCTL_COMMANDS },
    { call: 'prlimit64', argument: 0, oneOf: [0] },
  ]
}

/** Calls of which the C library asks whether the kernel has them, and then does without. */
const ABSENT = ['clone3'] as const satisfies readonly SystemCall[]

/**
 * The seccomp program of an executor: an allow-list; all else fails with EPERM, so that a library can report it.
 * @param pid the process's own id, the only one that it may send signals to
 */
export function executorPolicy(architecture: Architecture, pid: number): readonly Instruction[] {
  const program = [
    loadArchitecture(),
    jumpIfEqual(AUDIT_ARCHITECTURE[architecture], 1, 0),
    answer(KILL_PROCESS),
    loadNumber(),
  ]
  const rule = (call: SystemCall, body: readonly Instruction[]): void => {
    const number = systemCallNumber(call, architecture)
    if (number !== null) program.push(jumpIfEqual(number, 0, body.length), ...body)
  }
  for (const call of ALLOWED.flat()) rule(call, [answer(ALLOW)])
  for (const call of ABSENT) rule(call, [answer(failWith(ENOSYS))])
  for (const { call, argument, mask, oneOf } of argumentRules(pid)) {
    rule(call, [
      loadArgument(argument),
      ...(mask === undefined ? [] : [andWith(mask)]),
      ...oneOf.flatMap((value) => [jumpIfEqual(value, 0, 1), answer(ALLOW)]),
      answer(failWith(EPERM)),
    ])
  }
  program.push(answer(failWith(EPERM)))
  return program
}
