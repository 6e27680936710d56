// The numbers of the Linux system calls that confinement names, for the two processors that Node.js and isolated-vm ship for.

export type Architecture = 'x64' | 'arm64'

const X64_COLUMN = 0
const ARM64_COLUMN = 1

/** [x64, arm64], from the kernel's `unistd_64.h` and `asm-generic/unistd.h`; null where a processor lacks the call. */
const NUMBERS = {
  read: [0, 63],
  write: [1, 64],
  open: [2, null],
  close: [3, 57],
  fstat: [5, 80],
  poll: [7, null],
  lseek: [8, 62],
  mmap: [9, 222],
  mprotect: [10, 226],
  munmap: [11, 215],
  brk: [12, 214],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  rt_sigreturn: [15, 139],
  ioctl: [16, 29],
  readv: [19, 65],
  writev: [20, 66],
  sched_yield: [24, 124],
  mremap: [25, 216],
  madvise: [28, 233],
  pause: [34, null],
  nanosleep: [35, 101],
  getpid: [39, 172],
  socket: [41, 198],
  connect: [42, 203],
  sendmsg: [46, 211],
  shutdown: [48, 210],
  socketpair: [53, 199],
  clone: [56, 220],
  execve: [59, 221],
  exit: [60, 93],
  wait4: [61, 260],
  kill: [62, 129],
  fcntl: [72, 25],
  getcwd: [79, 17],
  gettimeofday: [96, 169],
  getrusage: [98, 165],
  sysinfo: [99, 179],
  ptrace: [101, 117],
  getuid: [102, 174],
  getgid: [104, 176],
  setuid: [105, 146],
  geteuid: [107, 175],
  getegid: [108, 177],
  getppid: [110, 173],
  getpgid: [121, 155],
  rt_sigpending: [127, 136],
  rt_sigtimedwait: [128, 137],
  rt_sigsuspend: [130, 133],
  sigaltstack: [131, 132],
  setpriority: [141, 140],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  prctl: [157, 167],
  gettid: [186, 178],
  time: [201, null],
  futex: [202, 98],
  sched_getaffinity: [204, 123],
  restart_syscall: [219, 128],
  clock_gettime: [228, 113],
  clock_getres: [229, 114],
  clock_nanosleep: [230, 115],
  exit_group: [231, 94],
  epoll_wait: [232, null],
  epoll_ctl: [233, 21],
  tgkill: [234, 131],
  openat: [257, 56],
  ppoll: [271, 73],
  unshare: [272, 97],
  set_robust_list: [273, 99],
  epoll_pwait: [281, 22],
  eventfd2: [290, 19],
  epoll_create1: [291, 20],
  pipe2: [293, 59],
  prlimit64: [302, 261],
  getcpu: [309, 168],
  process_vm_readv: [310, 270],
  seccomp: [317, 277],
  getrandom: [318, 278],
  memfd_create: [319, 279],
  membarrier: [324, 283],
  pkey_mprotect: [329, 288],
  pkey_alloc: [330, 289],
  pkey_free: [331, 290],
  rseq: [334, 293],
  io_uring_setup: [425, 425],
  pidfd_open: [434, 434],
  clone3: [435, 435],
  close_range: [436, 436],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
} as const satisfies Readonly<Record<string, readonly [number, number | null]>>

export type SystemCall = keyof typeof NUMBERS

/** This processor, when confinement knows it. */
export function currentArchitecture(): Architecture | null {
  return process.arch === 'x64' || process.arch === 'arm64' ? process.arch : null
}

/** The number of a system call; null when the processor does not have it. */
export function systemCallNumber(name: SystemCall, architecture: Architecture): number | null {
  return NUMBERS[name][architecture === 'x64' ? X64_COLUMN : ARM64_COLUMN]
}

export const SYSTEM_CALLS = Object.keys(NUMBERS) as readonly SystemCall[]
