"use strict";

// src/executor/main.ts
var import_node_net = require("node:net");
var import_node_v82 = require("node:v8");

// src/ipc/executor-arguments.ts
function readExecutorArguments(argv) {
  return JSON.parse(argv.at(-1) ?? "");
}

// src/ipc/frame.ts
var LENGTH_BYTES = 4;
var MAX_HEADER_BYTES = 256 * 1024;
function encodeFrame(header, parts = []) {
  const encodings = parts.map((part) => part.isWellFormed() ? "utf8" : "utf16le");
  const sizes = parts.map((part, index) => {
    const encoding = encodings[index] ?? "utf8";
    return { bytes: Buffer.byteLength(part, encoding), encoding };
  });
  const headerText = JSON.stringify(parts.length === 0 ? header : { ...header, parts: sizes });
  const headerBytes = Buffer.byteLength(headerText);
  const total = sizes.reduce((sum, size) => sum + size.bytes, 2 * LENGTH_BYTES + headerBytes);
  const frame = Buffer.allocUnsafe(total);
  frame.writeUInt32BE(total - LENGTH_BYTES, 0);
  frame.writeUInt32BE(headerBytes, LENGTH_BYTES);
  let offset = 2 * LENGTH_BYTES;
  offset += frame.write(headerText, offset);
  parts.forEach((part, index) => {
    offset += frame.write(part, offset, encodings[index]);
  });
  return frame;
}
function isPartHeader(value) {
  if (typeof value !== "object" || value === null) return false;
  const { bytes: bytes2, encoding } = value;
  return Number.isSafeInteger(bytes2) && bytes2 >= 0 && (encoding === "utf8" || encoding === "utf16le");
}
function parseHeader(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("frame: the header is not JSON");
  }
}
function decodeFrame(body) {
  const headerBytes = body.readUInt32BE(0);
  if (headerBytes > MAX_HEADER_BYTES) throw new Error("frame: the header is too long");
  let offset = LENGTH_BYTES + headerBytes;
  if (offset > body.length) throw new Error("frame: the header is longer than the frame");
  const header = parseHeader(body.toString("utf8", LENGTH_BYTES, offset));
  const sizes = header?.parts ?? [];
  if (!Array.isArray(sizes)) throw new Error("frame: the parts are not a list");
  const parts = sizes.map((size) => {
    if (!isPartHeader(size) || offset + size.bytes > body.length) throw new Error("frame: a part does not fit");
    const text = body.toString(size.encoding, offset, offset + size.bytes);
    offset += size.bytes;
    return text;
  });
  if (offset !== body.length) throw new Error("frame: bytes are left over");
  return { header, parts };
}
var FrameReader = class {
  #maxBytes;
  #chunks = [];
  #buffered = 0;
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }
  push(chunk) {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames = [];
    for (; ; ) {
      const length = this.#peekLength();
      if (length === null || this.#buffered < LENGTH_BYTES + length) return frames;
      frames.push(decodeFrame(this.#take(LENGTH_BYTES + length).subarray(LENGTH_BYTES)));
    }
  }
  #peekLength() {
    if (this.#buffered < LENGTH_BYTES) return null;
    const first = this.#chunks[0];
    if (first === void 0 || first.length < LENGTH_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = this.#chunks[0]?.readUInt32BE(0) ?? 0;
    if (length < LENGTH_BYTES) throw new Error(`frame: ${length} bytes cannot hold a header`);
    const maxBytes = this.#maxBytes();
    if (length > maxBytes) throw new Error(`frame: ${length} bytes; the limit is ${maxBytes}`);
    return length;
  }
  #take(bytes2) {
    const first = this.#chunks[0];
    const all = this.#chunks.length === 1 && first !== void 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = all.length > bytes2 ? [all.subarray(bytes2)] : [];
    this.#buffered -= bytes2;
    return all.subarray(0, bytes2);
  }
};

// src/executor/confine/close-inherited.ts
var import_node_fs = require("node:fs");
var FIRST_FD = 4;
var LAST_FD = 1024;
function closeInheritedFiles() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  for (let fd = FIRST_FD; fd <= LAST_FD; fd++) {
    try {
      const stats = (0, import_node_fs.fstatSync)(fd);
      const isForeign = stats.isFile() || stats.isDirectory() || stats.isBlockDevice() || stats.isCharacterDevice() || stats.isSocket();
      if (isForeign) (0, import_node_fs.closeSync)(fd);
    } catch {
    }
  }
  Error.stackTraceLimit = stackTraceLimit;
}

// src/executor/confine/drop-permissions.ts
var SCOPES = ["fs", "addon", "ffi"];
function dropPermissions() {
  const permission = process.permission;
  if (permission === void 0) return [];
  for (const scope of SCOPES) permission.drop?.(scope);
  const left = ["fs.read", "fs.write", ...SCOPES, "child", "worker", "net"].filter((scope) => permission.has(scope));
  if (left.length > 0) throw new Error(`The permission model still grants ${left.join(", ")}.`);
  return SCOPES;
}

// src/executor/confine/drop-user.ts
function dropUser(ids) {
  const { setgroups, setgid, setuid } = process;
  if (setgroups === void 0 || setgid === void 0 || setuid === void 0) {
    throw new Error("This platform has no users to change to.");
  }
  setgroups([]);
  setgid(ids.gid);
  setuid(ids.uid);
  const isOther = process.geteuid?.() === ids.uid && process.getegid?.() === ids.gid && process.getgroups?.().length === 1;
  if (!isOther || canBecomeRoot()) throw new Error(`The executor is still not only user ${ids.uid}.`);
}
function canBecomeRoot() {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

// src/executor/confine/syscall-numbers.ts
var X64_COLUMN = 0;
var ARM64_COLUMN = 1;
var NUMBERS = {
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
  landlock_restrict_self: [446, 446]
};
function currentArchitecture() {
  return process.arch === "x64" || process.arch === "arm64" ? process.arch : null;
}
function systemCallNumber(name, architecture) {
  return NUMBERS[name][architecture === "x64" ? X64_COLUMN : ARM64_COLUMN];
}
var SYSTEM_CALLS = Object.keys(NUMBERS);

// src/executor/confine/harden-process.ts
var PR_SET_PDEATHSIG = 1;
var PR_SET_DUMPABLE = 4;
var PR_SET_NO_NEW_PRIVS = 38;
var SIGKILL = 9;
var PRIO_PGRP = 1;
var OWN_GROUPS = [process.pid, 1];
function hardenProcess(native, architecture) {
  const prctl = systemCallNumber("prctl", architecture);
  if (prctl === null) return ["this processor has no prctl"];
  const problems = [];
  const set = (what, option, value) => {
    const result = native.call(prctl, option, value, 0, 0, 0);
    if (result !== 0) problems.push(`prctl ${what} failed with errno ${-result}`);
  };
  set("no_new_privs", PR_SET_NO_NEW_PRIVS, 1);
  set("dumpable", PR_SET_DUMPABLE, 0);
  set("parent death signal", PR_SET_PDEATHSIG, SIGKILL);
  return problems;
}
function lowerPriority(native, architecture, nice) {
  const getpgid = systemCallNumber("getpgid", architecture);
  const setpriority = systemCallNumber("setpriority", architecture);
  if (getpgid === null || setpriority === null || !OWN_GROUPS.includes(native.call(getpgid, 0))) return;
  native.call(setpriority, PRIO_PGRP, 0, nice);
}

// src/executor/confine/native.ts
var ARGUMENT_COUNT = 6;
var LONG = "i64";
var ARENA_MAX = -8;
function openNative() {
  const ffi = process.getBuiltinModule("node:ffi");
  if (ffi === void 0) return { ok: false, reason: "this Node.js has no node:ffi, or it is switched off" };
  try {
    const { lib, functions } = ffi.dlopen(null, {
      syscall: { arguments: [LONG, LONG, LONG, LONG, LONG, LONG, LONG], return: LONG },
      __errno_location: { arguments: [], return: "pointer" },
      uv_loop_fork: { arguments: ["pointer"], return: "i32" }
    });
    const toLong = (argument) => {
      if (argument === null || argument === void 0) return 0n;
      return typeof argument === "object" ? ffi.getRawPointer(argument) : BigInt(argument);
    };
    return {
      ok: true,
      native: {
        call(number2, ...args) {
          if (args.length > ARGUMENT_COUNT) throw new RangeError("a system call takes at most six arguments");
          const result = functions.syscall(
            BigInt(number2),
            toLong(args[0]),
            toLong(args[1]),
            toLong(args[2]),
            toLong(args[3]),
            toLong(args[4]),
            toLong(args[5])
          );
          return result === -1n ? -ffi.getInt32(functions.__errno_location()) : Number(result);
        },
        renewEventLoop: () => functions.uv_loop_fork(ffi.getCurrentEventLoop()) === 0,
        limitArenas: (count2) => {
          try {
            const allocator = ffi.dlopen(null, { mallopt: { arguments: ["i32", "i32"], return: "i32" } });
            return allocator.functions.mallopt(ARENA_MAX, count2) === 1;
          } catch {
            return false;
          }
        },
        addressOf: (bytes2) => ffi.getRawPointer(bytes2),
        close: () => lib.close()
      }
    };
  } catch (error) {
    return {
      ok: false,
      reason: `node:ffi refuses: ${error instanceof Error ? error.message : String(error)}`
    };
  }
}
function nativeBytes(length) {
  return new Uint8Array(new ArrayBuffer(length));
}

// src/executor/confine/landlock.ts
var FILE_RIGHTS_BITS = [
  { sinceAbi: 9, bits: 17 },
  { sinceAbi: 5, bits: 16 },
  { sinceAbi: 3, bits: 15 },
  { sinceAbi: 2, bits: 14 },
  { sinceAbi: 1, bits: 13 }
];
var NETWORK_RIGHTS = 0b11n;
var SCOPES2 = 0b11n;
var NETWORK_SINCE_ABI = 4;
var SCOPES_SINCE_ABI = 6;
var EVERY_THREAD_SINCE_ABI = 8;
var EVERY_THREAD_FLAG = 1 << 3;
var ASK_VERSION_FLAG = 1;
function landlockAbi(native, architecture) {
  const create = systemCallNumber("landlock_create_ruleset", architecture);
  return create === null ? 0 : Math.max(0, native.call(create, null, 0, ASK_VERSION_FLAG));
}
function rulesetAttributes(abi) {
  const words = abi >= SCOPES_SINCE_ABI ? 3 : abi >= NETWORK_SINCE_ABI ? 2 : 1;
  const bytes2 = nativeBytes(words * 8);
  const view = new DataView(bytes2.buffer);
  const bits = FILE_RIGHTS_BITS.find(({ sinceAbi }) => abi >= sinceAbi)?.bits ?? 0;
  view.setBigUint64(0, (1n << BigInt(bits)) - 1n, true);
  if (words > 1) view.setBigUint64(8, NETWORK_RIGHTS, true);
  if (words > 2) view.setBigUint64(16, SCOPES2, true);
  return bytes2;
}
function enterLandlock(native, architecture) {
  const abi = landlockAbi(native, architecture);
  const create = systemCallNumber("landlock_create_ruleset", architecture);
  const restrict = systemCallNumber("landlock_restrict_self", architecture);
  const close = systemCallNumber("close", architecture);
  if (abi === 0 || create === null || restrict === null || close === null) {
    return { ok: false, reason: "the kernel has no Landlock, or it is switched off" };
  }
  const attributes = rulesetAttributes(abi);
  const ruleset = native.call(create, attributes, attributes.byteLength, 0);
  if (ruleset < 0) return { ok: false, reason: `landlock_create_ruleset failed with errno ${-ruleset}` };
  const everyThread = abi >= EVERY_THREAD_SINCE_ABI;
  const restricted = native.call(restrict, ruleset, everyThread ? EVERY_THREAD_FLAG : 0);
  native.call(close, ruleset);
  if (restricted !== 0) return { ok: false, reason: `landlock_restrict_self failed with errno ${-restricted}` };
  return { ok: true, abi, everyThread };
}

// src/executor/confine/limit-resources.ts
var THREADS = 512;
var DESCRIPTORS = 256;
var LIMITS = [
  { name: "file size", resource: 1, value: 0, perUser: false },
  { name: "core size", resource: 4, value: 0, perUser: false },
  { name: "threads", resource: 6, value: THREADS, perUser: true },
  { name: "descriptors", resource: 7, value: DESCRIPTORS, perUser: false }
];
function limitResources(native, architecture, ownUser) {
  const prlimit = systemCallNumber("prlimit64", architecture);
  if (prlimit === null) return ["this processor has no prlimit64"];
  return LIMITS.filter(({ perUser }) => ownUser || !perUser).flatMap(({ name, resource, value }) => {
    const softAndHard = nativeBytes(16);
    const view = new DataView(softAndHard.buffer);
    view.setBigUint64(0, BigInt(value), true);
    view.setBigUint64(8, BigInt(value), true);
    const result = native.call(prlimit, 0, resource, softAndHard, null);
    return result === 0 ? [] : [`the limit of ${name} failed with errno ${-result}`];
  });
}

// src/executor/confine/bpf.ts
var LOAD_WORD = 32;
var AND = 84;
var JUMP_IF_EQUAL = 21;
var RETURN = 6;
var NUMBER_OFFSET = 0;
var ARCHITECTURE_OFFSET = 4;
var ARGUMENTS_OFFSET = 16;
var ARGUMENT_BYTES = 8;
var INSTRUCTION_BYTES = 8;
var ALLOW = 2147418112;
var KILL_PROCESS = 2147483648;
var FAIL_WITH_ERRNO = 327680;
function failWith(errno) {
  return FAIL_WITH_ERRNO | errno;
}
function loadNumber() {
  return load(NUMBER_OFFSET);
}
function loadArchitecture() {
  return load(ARCHITECTURE_OFFSET);
}
function loadArgument(index) {
  return load(ARGUMENTS_OFFSET + index * ARGUMENT_BYTES);
}
function andWith(mask) {
  return { code: AND, ifTrue: 0, ifFalse: 0, operand: mask };
}
function jumpIfEqual(operand, ifTrue, ifFalse) {
  return { code: JUMP_IF_EQUAL, ifTrue, ifFalse, operand };
}
function answer(action) {
  return { code: RETURN, ifTrue: 0, ifFalse: 0, operand: action };
}
function assemble(program, memory) {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  program.forEach((instruction, index) => {
    const offset = index * INSTRUCTION_BYTES;
    view.setUint16(offset, instruction.code, true);
    view.setUint8(offset + 2, instruction.ifTrue);
    view.setUint8(offset + 3, instruction.ifFalse);
    view.setUint32(offset + 4, instruction.operand, true);
  });
}
function programBytes(program) {
  return program.length * INSTRUCTION_BYTES;
}
function load(offset) {
  return { code: LOAD_WORD, ifTrue: 0, ifFalse: 0, operand: offset };
}

// src/executor/confine/system-call-policy.ts
var EPERM = 1;
var ENOSYS = 38;
var AUDIT_ARCHITECTURE = {
  x64: 3221225534,
  arm64: 3221225655
};
var ALLOWED = [
  ["read", "write", "futex", "epoll_pwait", "epoll_wait", "mprotect", "madvise", "mmap", "munmap", "mremap", "brk"],
  ["writev", "readv", "close", "fstat", "lseek", "poll", "ppoll", "epoll_ctl", "epoll_create1", "eventfd2", "pipe2"],
  ["clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getcpu", "pause"],
  [
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigsuspend",
    "sigaltstack"
  ],
  ["sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "membarrier", "rseq", "set_robust_list"],
  ["getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "sysinfo", "getcwd"],
  ["getrandom", "pkey_mprotect", "pkey_alloc", "pkey_free", "shutdown"],
  ["restart_syscall", "exit", "exit_group"]
];
var CLONE_THREAD = 65536;
var CLONE_NAMESPACES = 2114060288;
var PR_SET_NAME = 15;
var PR_GET_NAME = 16;
var PR_SET_VMA = 1398164801;
var FCNTL_COMMANDS = [0, 1, 2, 3, 4, 1030];
var IOCTL_COMMANDS = [21537, 21585, 21584, 21531, 21505];
function argumentRules(pid) {
  return [
    { call: "clone", argument: 0, mask: CLONE_THREAD | CLONE_NAMESPACES, oneOf: [CLONE_THREAD] },
    { call: "kill", argument: 0, oneOf: [pid] },
    { call: "tgkill", argument: 0, oneOf: [pid] },
    { call: "prctl", argument: 0, oneOf: [PR_SET_NAME, PR_GET_NAME, PR_SET_VMA] },
    { call: "fcntl", argument: 1, oneOf: FCNTL_COMMANDS },
    { call: "ioctl", argument: 1, oneOf: IOCTL_COMMANDS },
    { call: "prlimit64", argument: 0, oneOf: [0] }
  ];
}
var ABSENT = ["clone3"];
function executorPolicy(architecture, pid) {
  const program = [
    loadArchitecture(),
    jumpIfEqual(AUDIT_ARCHITECTURE[architecture], 1, 0),
    answer(KILL_PROCESS),
    loadNumber()
  ];
  const rule = (call, body) => {
    const number2 = systemCallNumber(call, architecture);
    if (number2 !== null) program.push(jumpIfEqual(number2, 0, body.length), ...body);
  };
  for (const call of ALLOWED.flat()) rule(call, [answer(ALLOW)]);
  for (const call of ABSENT) rule(call, [answer(failWith(ENOSYS))]);
  for (const { call, argument, mask, oneOf } of argumentRules(pid)) {
    rule(call, [
      loadArgument(argument),
      ...mask === void 0 ? [] : [andWith(mask)],
      ...oneOf.flatMap((value) => [jumpIfEqual(value, 0, 1), answer(ALLOW)]),
      answer(failWith(EPERM))
    ]);
  }
  program.push(answer(failWith(EPERM)));
  return program;
}

// src/executor/confine/seccomp.ts
var SET_MODE_FILTER = 1;
var EVERY_THREAD = 1;
var FILTER_HEADER_BYTES = 16;
var ADDRESS_OFFSET = 8;
function enterSeccomp(native, architecture) {
  const number2 = systemCallNumber("seccomp", architecture);
  if (number2 === null) return { ok: false, reason: "this processor has no seccomp" };
  const policy = executorPolicy(architecture, process.pid);
  const program = nativeBytes(programBytes(policy));
  assemble(policy, program);
  const header = nativeBytes(FILTER_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint16(0, policy.length, true);
  view.setBigUint64(ADDRESS_OFFSET, native.addressOf(program), true);
  const result = native.call(number2, SET_MODE_FILTER, EVERY_THREAD, header);
  if (result < 0) return { ok: false, reason: `seccomp failed with errno ${-result}` };
  if (result > 0) return { ok: false, reason: `thread ${result} cannot take the seccomp filter` };
  if (!native.renewEventLoop()) throw new Error("The event loop could not be built again under the seccomp filter.");
  return { ok: true };
}

// src/executor/confine/confine-self.ts
var EXECUTOR_NICE = 10;
var MALLOC_ARENAS = 2;
function confineSelf(options2) {
  void process.stderr.writable;
  const kernel = options2.level === "permission" ? applyUser(options2, NO_LAYERS) : applyKernelLayers(options2);
  if (options2.strict === true && options2.level !== "permission" && !(kernel.seccomp && kernel.noNewPrivileges)) {
    throw new Error(`The confinement that is demanded cannot be had: ${kernel.problems.join("; ")}.`);
  }
  return {
    level: options2.level,
    uid: process.geteuid?.() ?? -1,
    ownUser: options2.uid !== null,
    ...kernel,
    droppedPermissions: options2.dropPermissions ? dropPermissions() : []
  };
}
var NO_LAYERS = {
  noNewPrivileges: false,
  landlock: null,
  seccomp: false,
  problems: []
};
function applyUser(options2, layers) {
  if (options2.uid !== null) dropUser({ uid: options2.uid, gid: options2.gid ?? options2.uid });
  return layers;
}
function applyKernelLayers(options2) {
  const opened = openNative();
  const architecture = currentArchitecture();
  if (!opened.ok) return applyUser(options2, { ...NO_LAYERS, problems: [opened.reason] });
  const { native } = opened;
  if (architecture === null || process.platform !== "linux") {
    return applyUser(options2, {
      ...NO_LAYERS,
      problems: [`no filter exists for ${process.platform} on ${process.arch}`]
    });
  }
  lowerPriority(native, architecture, EXECUTOR_NICE);
  native.limitArenas(MALLOC_ARENAS);
  const limits = limitResources(native, architecture, options2.uid !== null);
  applyUser(options2, NO_LAYERS);
  const hardening = hardenProcess(native, architecture);
  const landlock = enterLandlock(native, architecture);
  const seccomp = enterSeccomp(native, architecture);
  native.close();
  return {
    noNewPrivileges: hardening.length === 0,
    landlock: landlock.ok ? { abi: landlock.abi, everyThread: landlock.everyThread } : null,
    seccomp: seccomp.ok,
    problems: [
      ...limits,
      ...hardening,
      ...landlock.ok ? [] : [landlock.reason],
      ...seccomp.ok ? [] : [seccomp.reason]
    ]
  };
}

// src/executor/confine/describe-confinement.ts
function describeConfinement(state2) {
  const { landlock } = state2;
  return [
    ...state2.level === "bubblewrap" ? ["bubblewrap"] : [],
    ...state2.noNewPrivileges ? ["no_new_privs"] : [],
    ...landlock === null ? [] : [`landlock ABI ${landlock.abi}${landlock.everyThread ? "" : " (main thread and later ones)"}`],
    ...state2.seccomp ? ["seccomp allow-list"] : [],
    state2.ownUser ? `uid ${state2.uid}` : `uid ${state2.uid} (the parent's)`,
    ...state2.droppedPermissions.length > 0 ? ["permission model, all dropped"] : [],
    ...state2.problems.slice(0, 2).map((problem) => `missing: ${problem}`.slice(0, 64))
  ];
}

// src/executor/garbage.ts
var import_node_v8 = require("node:v8");
var import_node_vm = require("node:vm");
var MAX_TASKS = 256;
var MIN_TASKS = 32;
var REST_MS = 100;
function findCollector() {
  (0, import_node_v8.setFlagsFromString)("--expose-gc");
  try {
    return (0, import_node_vm.runInNewContext)("gc");
  } finally {
    (0, import_node_v8.setFlagsFromString)("--no-expose-gc");
  }
}
var GarbageCollection = class {
  #collect = findCollector();
  #tasks = 0;
  #restTimer;
  /** To be called when a task starts. */
  taskStarts() {
    this.#tasks++;
    clearTimeout(this.#restTimer);
  }
  /** To be called when nothing of a task runs any more and its answer is on its way. */
  taskIsOver() {
    if (this.#tasks >= MAX_TASKS) this.#run("regular");
    else if (this.#tasks >= MIN_TASKS) this.#restTimer = setTimeout(() => this.#run("last-resort"), REST_MS);
  }
  /** The last resort takes half as long again, and gives the pages back that V8 would keep for later. */
  #run(flavor) {
    this.#tasks = 0;
    this.#collect({ type: "major", execution: "sync", flavor });
  }
};

// sandbox/src/bridge.ts
var OP = {
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
  /**
   * An operation of `crypto.subtle`. id: the call that asks. payload: JSON, `MAX_CRYPTO_CHARACTERS` at most. The host answers
   * `CRYPTO_ACCEPTED` and enters with `KIND.cryptoAnswer` later, or nothing when it has no room for it.
   */
  crypto: 40,
  /** The code listens to rejections that nothing handles: the host enters with `KIND.rejection` instead of telling them itself. */
  hearsRejections: 41
};
var MAX_ENTROPY_BYTES = 16384;
var MAX_DOMAIN_CHARACTERS = 512;
var KIND = {
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
  /** What came of an operation of `crypto.subtle`. id: the call that asked. payload: its number, a line feed, JSON. */
  cryptoAnswer: 20,
  /** Before any guest code, in an isolate whose owner has set variables. payload: a JSON object of texts, `process.env`. */
  environment: 21,
  /** A rejection that nothing handled. id: the call in whose entry it was found. payload: JSON `[message, stack, line of the log]`. */
  rejection: 22
};
var CRYPTO_ACCEPTED = "accepted";
var MAX_CRYPTO_PENDING = 4;
var MAX_CRYPTO_BYTES = 8 * 1024 * 1024;
var MAX_CRYPTO_CHARACTERS = 12e6;
var REMOTE_ACCEPTED = "accepted";
var REMOTE_GLOBAL = "workerIsolateRemote";
var GATE_GLOBAL = "workerIsolateGate";
var BOOT_GLOBAL = "workerIsolateBoot";
var APPENDED_EXPORT = "worker-isolate:entry";

// src/executor/guest-services.ts
function answerService(op, id, payload) {
  switch (op) {
    case OP.entropy:
      return drawEntropy(id);
    case OP.domainToAscii:
      return writeInAscii(payload);
    case OP.legacyTables:
      return legacyTables;
    default:
      return null;
  }
}
var legacyTables = "";
function provideLegacyTables(json) {
  legacyTables = json;
}
var drawBytes;
function drawEntropy(byteCount) {
  if (!Number.isInteger(byteCount) || byteCount < 1 || byteCount > MAX_ENTROPY_BYTES) return "";
  drawBytes ??= process.getBuiltinModule("node:crypto").randomBytes;
  return drawBytes(byteCount).toString("latin1");
}
var NO_DOMAIN = /[\0-\x20#%/:?@[\\\]^|\x7f]/;
function writeInAscii(domain) {
  return domain.length > MAX_DOMAIN_CHARACTERS || NO_DOMAIN.test(domain) ? "" : URL.parse(`ws://${domain}`)?.hostname ?? "";
}

// src/executor/load-isolated-vm.ts
var import_node_module = require("node:module");
var require2 = (0, import_node_module.createRequire)(__filename);
var folder = `isolated-vm/prebuilds/${process.platform}-${process.arch}/isolated-vm.abi${process.versions.modules}`;
var ENDINGS = process.platform === "linux" ? [".glibc.node", ".musl.node"] : [".node"];
function load2() {
  for (const ending of ENDINGS) {
    try {
      return require2(folder + ending).ivm;
    } catch {
    }
  }
  return require2("isolated-vm");
}
var ivm = load2();

// src/executor/slot.ts
function bare(options2) {
  return Object.assign(/* @__PURE__ */ Object.create(null), options2);
}
function createSlot(options2) {
  const isolate = new ivm.Isolate(
    bare({
      memoryLimit: options2.memoryMb,
      snapshot: options2.snapshot,
      onCatastrophicError: options2.onCatastrophe
    })
  );
  const context = isolate.createContextSync();
  let isHearing = false;
  const heard = (op, id, payload) => {
    if (typeof op !== "number" || typeof id !== "number" || typeof payload !== "string") return "";
    isHearing = true;
    try {
      if (slot.onSend === null) return "";
      return answerService(op, id, payload) ?? slot.onSend(op, id, payload);
    } finally {
      isHearing = false;
    }
  };
  const entry = context.evalClosureSync(
    `'use strict';return ${BOOT_GLOBAL}($0,$1,$2,$3,$4)`,
    // Waiting for the host costs two turns of the scheduler; an end has nothing to wait for, and comes once a call.
    [
      new ivm.Callback(heard),
      new ivm.Callback(heard, bare({ ignored: true })),
      options2.guestWasm,
      options2.logBytes,
      options2.expectsPickles === true
    ],
    bare({ result: bare({ reference: true }) })
  );
  const slot = {
    isolate,
    context,
    logBytes: options2.logBytes,
    enter: (kind, id, payload, timeoutMs) => entry.apply(void 0, [kind, id, payload], bare({ timeout: timeoutMs })),
    enterNow: (kind, id, payload, timeoutMs) => {
      if (isHearing) throw new Error("The guest waits for a callback, and must not be entered.");
      entry.applySync(void 0, [kind, id, payload], bare({ timeout: timeoutMs }));
    },
    onSend: null
  };
  return slot;
}
function disposeSlot(slot, isIdle) {
  slot.onSend = null;
  if (slot.isolate.isDisposed) return;
  if (isIdle) slot.context.evalIgnored("0");
  slot.isolate.dispose();
}

// src/executor/isolate-pool.ts
var IsolatePool = class {
  #options;
  #ready = [];
  #paused = false;
  #making = null;
  /** Clients keep to one format: the next task is likely to have that of the last one. */
  #expectsPickles = false;
  constructor(options2) {
    this.#options = options2;
  }
  get size() {
    return this.#ready.length;
  }
  /** An isolate that no guest code has used; one made ahead if its memory limit is the one that is asked for. */
  take(memoryMb, format) {
    this.#expectsPickles = format === "cloudpickle";
    if (memoryMb !== this.#options.memoryMb) return createSlot({ ...this.#options, memoryMb });
    return this.#ready.shift() ?? createSlot(this.#options);
  }
  /** No isolate is made while a task runs: its processor time would be charged to the task. */
  pause() {
    this.#paused = true;
  }
  /** Fills up, leaving the event loop free between two isolates; resolves when nothing more is to be made. */
  async resume() {
    this.#paused = false;
    this.#making ??= this.#fill().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }
  async #fill() {
    while (!this.#paused && this.#ready.length < this.#options.ready) {
      try {
        this.#ready.push(createSlot({ ...this.#options, expectsPickles: this.#expectsPickles }));
      } catch (error) {
        this.#options.onFailure(error);
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  dispose() {
    for (const slot of this.#ready) disposeSlot(slot, true);
    this.#ready = [];
  }
};

// src/core/failures.ts
var CANCELLED = { code: "CANCELLED", message: "The request was cancelled while its code ran." };

// src/core/limits.ts
var MAX_CHUNK_BYTES = 1024 * 1024;
var MAX_PROGRESS_BYTES = 64 * 1024;

// src/executor/call-progress.ts
var CallProgress = class {
  #send;
  #waiting = null;
  #isSending = false;
  constructor(send) {
    this.#send = send;
  }
  /** The guest program has checked the size; whoever broke it is not heard. */
  say(text) {
    if (Buffer.byteLength(text) > MAX_PROGRESS_BYTES) return;
    if (this.#isSending) this.#waiting = text;
    else {
      this.#isSending = true;
      this.#send(text);
    }
  }
  /** The front has handed the last one on. */
  taken() {
    const text = this.#waiting;
    this.#waiting = null;
    if (text === null) this.#isSending = false;
    else this.#send(text);
  }
};

// src/executor/processor-time.ts
var ProcessorTime = class {
  #usedMs = 0;
  #startedAt = null;
  /** So far. */
  get usedMs() {
    return this.#usedMs + this.#runningMs();
  }
  /** From now on it counts. */
  start() {
    this.#startedAt = process.cpuUsage();
  }
  stop() {
    this.#usedMs += this.#runningMs();
    this.#startedAt = null;
  }
  #runningMs() {
    return this.#startedAt === null ? 0 : cpuMsSince(this.#startedAt);
  }
};
function cpuMsSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}

// src/executor/entry-turns.ts
var CPU_POLL_MS = 20;
var EntryTurns = class {
  #onCpuLimit;
  #waiting = [];
  #running = null;
  #startedCpu = process.cpuUsage();
  #poll;
  /** @param onCpuLimit told while the entry of a call that has used up its processor time goes on. */
  constructor(onCpuLimit) {
    this.#onCpuLimit = onCpuLimit;
  }
  /** The turn that goes on; compare it to know whether it is over. */
  get running() {
    return this.#running;
  }
  /** The call whose code runs in its isolate. */
  get runningCall() {
    return this.#running?.isNative === true ? null : this.#running?.call ?? null;
  }
  /** Whether another turn waits for the end of the one that goes on. */
  get isWanted() {
    return this.#waiting.length > 0;
  }
  /** Begins at once when nothing else runs. */
  take(turn) {
    this.#waiting.push(turn);
    if (this.#running === null) this.#next();
  }
  /** Whether the entry goes on; one without a reason is over at once. */
  #begin(turn) {
    this.#running = turn;
    this.#startedCpu = process.cpuUsage();
    const entry = begin(turn);
    if (entry === null) {
      turn.onDone(null);
      return false;
    }
    if (entry === "over") {
      this.#end(turn, null);
      return false;
    }
    this.#poll ??= setInterval(() => this.#check(), CPU_POLL_MS);
    entry.then(
      () => this.#done(turn, null),
      (error) => this.#done(turn, error)
    );
    return true;
  }
  #done(turn, error) {
    this.#end(turn, error);
    this.#next();
  }
  #end(turn, error) {
    const { call } = turn;
    call?.charge(cpuMsSince(this.#startedCpu));
    turn.onDone(error);
    call?.entryIsOver();
    if (call !== null && !call.isOver && call.usedCpuMs >= call.limits.cpuMs) this.#onCpuLimit(call, call.usedCpuMs);
  }
  #next() {
    for (let turn = this.#waiting.shift(); turn !== void 0; turn = this.#waiting.shift()) {
      if (this.#begin(turn)) return;
    }
    this.#running = null;
    clearInterval(this.#poll);
    this.#poll = void 0;
  }
  #check() {
    const call = this.#running?.call ?? null;
    if (call === null || call.isOver) return;
    const usedMs = call.usedCpuMs + cpuMsSince(this.#startedCpu);
    if (usedMs >= call.limits.cpuMs) this.#onCpuLimit(call, usedMs);
  }
};
function begin(turn) {
  try {
    return turn.begin();
  } catch (error) {
    return Promise.reject(error);
  }
}

// src/executor/evaluate.ts
var GATE_SOURCE = `export const open=globalThis.${GATE_GLOBAL};delete globalThis.${GATE_GLOBAL}`;
var WRAPPER_SOURCE = `import{open}from'gate';import*as submitted from'submitted';open(submitted)`;
async function evaluateScript(code, fileName, slot, timeoutMs) {
  await slot.context.eval(code, bare({ filename: fileName, timeout: timeoutMs, reference: true }));
}
async function evaluateModule(module2, slot, timeoutMs) {
  const { isolate, context } = slot;
  const [gate, wrapper] = await Promise.all([
    isolate.compileModule(GATE_SOURCE, { filename: "worker-isolate:gate" }),
    isolate.compileModule(WRAPPER_SOURCE, { filename: "worker-isolate:wrapper" }),
    slot.enter(KIND.openGate, 0, "", timeoutMs())
  ]);
  await wrapper.instantiate(context, (specifier) => specifier === "gate" ? gate : module2);
  await wrapper.evaluate(bare({ timeout: timeoutMs() }));
}

// src/executor/load-module.ts
function isInstance({ message }) {
  return message.memoryMb !== void 0;
}
async function loadScript(source, slot, timeoutMs, onCache) {
  const filename = source.message.fileName;
  const cached = source.cache;
  const script = await slot.isolate.compileScript(
    source.code,
    // An instance is loaded once: nobody would take a cache from it.
    bare(cached === null ? { filename, produceCachedData: !isInstance(source) } : { filename, cachedData: cached })
  );
  if (script.cachedData !== void 0) {
    source.cache = script.cachedData;
    onCache(script.cachedData.copy());
  } else if (script.cachedDataRejected === true) source.cache = null;
  await script.run(slot.context, bare({ timeout: timeoutMs(), release: true, reference: true }));
}
async function startModule(source, slot, timeoutMs) {
  const module2 = await slot.isolate.compileModule(source.code, { filename: source.message.fileName });
  const [specifier] = module2.dependencySpecifiers;
  if (specifier !== void 0) throw new SyntaxError(`The module imports '${specifier}', which is not bundled with it.`);
  await evaluateModule(module2, slot, timeoutMs);
}
function copyCache(bytes2) {
  return new ivm.ExternalCopy(new Uint8Array(bytes2).buffer);
}

// src/core/group-digits.ts
var THOUSANDS = /\B(?=(?:\d{3})+$)/g;
function groupDigits(value) {
  return String(Math.round(value)).replaceAll(THOUSANDS, ",");
}

// src/ipc/bounds.ts
var CLIPPED_CHARACTERS = 4096;
var MAX_FAILURE_CHARACTERS = CLIPPED_CHARACTERS + 512;
var LOG_SLACK_BYTES = 8 * 1024;

// src/executor/clip.ts
function clip(text, maxCharacters = CLIPPED_CHARACTERS) {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}\u2026 [cut]`;
}

// src/executor/classify-failure.ts
var BOUNDARY = "\n    at (<isolated-vm boundary>)";
var NOT_AN_ERROR = "An object was thrown from supplied code within isolated-vm";
var OWN_FRAME = /\n {4}at [^\n]*worker-isolate:[^\n]*/g;
function wallFailure(limits) {
  const { wallMs } = limits;
  return {
    code: "LIMIT_WALL",
    message: `The code did not finish within its wall limit of ${groupDigits(wallMs)} ms.`,
    limit: wallMs,
    used: wallMs
  };
}
function cpuFailure(limits, usedMs) {
  return {
    code: "LIMIT_CPU",
    message: `The code used ${groupDigits(usedMs)} ms of processor time; the limit is ${groupDigits(limits.cpuMs)} ms.`,
    limit: limits.cpuMs,
    used: Math.round(usedMs)
  };
}
function memoryFailure(limits) {
  return {
    code: "LIMIT_MEMORY",
    message: `The code used more memory than its limit of ${groupDigits(limits.memoryMb)} MB.`,
    limit: limits.memoryMb
  };
}
function outputFailure(limits, usedBytes) {
  return {
    code: "LIMIT_OUTPUT",
    message: `The result is ${groupDigits(usedBytes)} bytes or more; the limit is ${groupDigits(limits.outputBytes)} bytes.`,
    limit: limits.outputBytes,
    used: usedBytes
  };
}
function chunkFailure(usedBytes) {
  return {
    code: "LIMIT_OUTPUT",
    message: `A chunk of the stream is ${groupDigits(usedBytes)} bytes or more; the limit is ${groupDigits(MAX_CHUNK_BYTES)} bytes.`,
    limit: MAX_CHUNK_BYTES,
    used: usedBytes
  };
}
function thrownFailure(thrown) {
  if (!(thrown instanceof Error)) return { code: "GUEST_THREW", message: clip(String(thrown)) };
  if (thrown.message.startsWith(NOT_AN_ERROR))
    return { code: "GUEST_THREW", message: "A value was thrown that is not an Error" };
  const stack = thrown.stack ?? "";
  const boundary = stack.indexOf(BOUNDARY);
  return {
    code: "GUEST_THREW",
    message: clip(thrown.message),
    stack: clip((boundary === -1 ? "" : stack.slice(0, boundary)).replaceAll(OWN_FRAME, ""))
  };
}
function writeRejection(thrown) {
  const { message, stack = "" } = thrownFailure(thrown);
  return JSON.stringify([message, stack, describeStray(thrown)]);
}
function describeStray(thrown) {
  const { message, stack } = thrownFailure(thrown);
  return `Uncaught (in promise) ${stack === void 0 || stack === "" ? message : stack}
`;
}

// src/executor/task-log.ts
var TaskLog = class {
  #maxBytes;
  #bytes = 0;
  #text = "";
  constructor(logBytes) {
    this.#maxBytes = logBytes + LOG_SLACK_BYTES;
  }
  get text() {
    return this.#text;
  }
  add(text) {
    const bytes2 = Buffer.byteLength(text);
    if (this.#bytes + bytes2 > this.#maxBytes) return;
    this.#bytes += bytes2;
    this.#text += text;
  }
};

// src/executor/module-call.ts
var FINISH_MS = 100;
var ABORT_GRACE_MS = 50;
var ModuleCall = class {
  id;
  message;
  input;
  log;
  /** Once the function has returned an iterator. */
  stream = null;
  /** What it says of itself; null when nobody wants to hear that. */
  progress = null;
  /** Whether its code has asked for its signal. */
  hasSignal = false;
  /** Whether its code has been told that it is cancelled. */
  isAborting = false;
  /** Whether the function may have been called. */
  hasBegun = false;
  /** Whether an instance has been made for it, which the isolate keeps. */
  madeInstance = false;
  phases = {};
  #onEnd;
  #onOverrun;
  #startedAt = performance.now();
  #wallTimer;
  #phaseStartedAt = this.#startedAt;
  #usedCpuMs = 0;
  #isOver = false;
  /** What it said, until the entry in which it said so is over: only then is known what it used and printed. */
  #answer = null;
  #finishTimer;
  #isCancelled = false;
  constructor({ id, message, input, onWallLimit, onOverrun, onEnd }) {
    this.id = id;
    this.message = message;
    this.input = input;
    this.log = new TaskLog(message.limits.logBytes);
    this.#onEnd = onEnd;
    this.#onOverrun = onOverrun;
    this.#wallTimer = setTimeout(() => onWallLimit(this), message.limits.wallMs);
  }
  get limits() {
    return this.message.limits;
  }
  get isOver() {
    return this.#isOver;
  }
  /** Whether it has ended, or its end is known. */
  get isEnding() {
    return this.#isOver || this.#answer !== null || this.#isCancelled;
  }
  /** True when its code is to have a moment before it is stopped; it ends as cancelled from now on, whatever comes of that. */
  beginCancel() {
    if (this.isEnding || !this.hasSignal && this.stream === null) return false;
    this.#isCancelled = true;
    return true;
  }
  get usedCpuMs() {
    return this.#usedCpuMs;
  }
  get wallMs() {
    return performance.now() - this.#startedAt;
  }
  get remainingMs() {
    return Math.max(1, Math.ceil(this.limits.wallMs - this.wallMs));
  }
  charge(cpuMs) {
    this.#usedCpuMs += cpuMs;
  }
  /** What it says of itself. */
  say(progress) {
    if (!this.isEnding) this.progress?.say(progress);
  }
  /** Books the time since the last phase. */
  endPhase(phase) {
    const now = performance.now();
    this.phases[phase] = now - this.#phaseStartedAt;
    this.#phaseStartedAt = now;
  }
  /** It is known how the call ends, and what it has begun may go on for a moment. */
  answer(ending, finishMs = FINISH_MS) {
    if (this.#isOver || this.#answer !== null) return;
    this.#answer = ending;
    this.#finishTimer = setTimeout(() => this.#onOverrun(this), finishMs);
  }
  entryIsOver() {
    if (this.#answer !== null) this.end(this.#answer);
  }
  /** The first end counts, and what the guest has answered counts more than what it broke afterwards. */
  end(ending) {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#wallTimer);
    clearTimeout(this.#finishTimer);
    this.endPhase("callMs");
    this.#onEnd(this, this.#isCancelled ? { failure: CANCELLED } : this.#answer ?? ending);
  }
  fail(failure2) {
    this.end({ failure: failure2 });
  }
  failWall() {
    this.fail(wallFailure(this.limits));
  }
  failCpu(usedMs) {
    this.#usedCpuMs = usedMs;
    this.fail(cpuFailure(this.limits, usedMs));
  }
  failMemory() {
    this.fail(memoryFailure(this.limits));
  }
};

// src/core/remote-call.ts
var REMOTE_PENDING_MAX = 16;
var REMOTE_ASKED_MAX = 1024;
var REMOTE_ARGUMENT_BYTES = 1048576;
var REMOTE_NAME_CHARACTERS = 256;

// src/executor/remote-requests.ts
var RemoteRequests = class {
  #send;
  #requests = /* @__PURE__ */ new Map();
  constructor(send) {
    this.#send = send;
  }
  /** What the guest program says, which a hostile guest may have brought to say anything. Answers what it is told. */
  ask(call, payload) {
    const idEnd = payload.indexOf("\n");
    const nameEnd = payload.indexOf("\n", idEnd + 1);
    const requestId = Number(payload.slice(0, idEnd));
    const name = payload.slice(idEnd + 1, nameEnd);
    const argumentsText = payload.slice(nameEnd + 1);
    if (idEnd < 1 || nameEnd < 0 || !Number.isSafeInteger(requestId) || name.length > REMOTE_NAME_CHARACTERS) {
      return refuse("EGRESS_DENIED", "The call is malformed.");
    }
    const bytes2 = Buffer.byteLength(argumentsText);
    const limit = Math.min(REMOTE_ARGUMENT_BYTES, call.limits.outputBytes);
    if (bytes2 > limit) {
      const numbers = `${groupDigits(bytes2)} bytes; the limit is ${groupDigits(limit)} bytes.`;
      return refuse("LIMIT_EGRESS", `The arguments of a call of '${name}' have ${numbers}`);
    }
    const requests = this.#requestsOf(call);
    if (requests.pending.has(requestId)) return refuse("EGRESS_DENIED", "The call is malformed.");
    if (requests.pending.size >= REMOTE_PENDING_MAX) {
      return refuse(
        "LIMIT_EGRESS",
        `${REMOTE_PENDING_MAX} calls of other resources are in progress, which is the limit.`
      );
    }
    if (requests.total >= REMOTE_ASKED_MAX) {
      return refuse(
        "LIMIT_EGRESS",
        `${groupDigits(REMOTE_ASKED_MAX)} calls of other resources were made, which is the limit.`
      );
    }
    requests.total++;
    requests.pending.add(requestId);
    this.#send({ type: "remoteCall", taskId: call.message.taskId, requestId, name: name.toWellFormed() }, argumentsText);
    return REMOTE_ACCEPTED;
  }
  /** Whether the call waits for this answer. */
  take(call, requestId) {
    return this.#requests.get(call)?.pending.delete(requestId) ?? false;
  }
  ended(call) {
    this.#requests.delete(call);
  }
  #requestsOf(call) {
    const known = this.#requests.get(call);
    if (known !== void 0) return known;
    const made = { pending: /* @__PURE__ */ new Set(), total: 0 };
    this.#requests.set(call, made);
    return made;
  }
};
function refuse(code, message) {
  return JSON.stringify([code, message]);
}

// src/executor/call-header.ts
function writeCallHeader(message) {
  const { name, format, limits, mayStream = false, isStreamAggregated = false, tellsProgress = false } = message;
  const header = {
    name,
    format,
    outputBytes: limits.outputBytes,
    mayStream,
    isStreamAggregated,
    tellsProgress
  };
  if (message.type === "run") return JSON.stringify(header);
  const { method, needsAll, optional: optional2 } = message;
  return JSON.stringify({
    ...header,
    logBytes: limits.logBytes,
    needsAll,
    ...method === void 0 ? {} : { method },
    ...optional2 === void 0 ? {} : { optional: optional2 }
  });
}

// node_modules/valibot/dist/index.mjs
var store$4;
var DEFAULT_CONFIG = {
  lang: void 0,
  message: void 0,
  abortEarly: void 0,
  abortPipeEarly: void 0
};
// @__NO_SIDE_EFFECTS__
function getGlobalConfig(config$1) {
  if (!config$1 && !store$4) return DEFAULT_CONFIG;
  return {
    lang: config$1?.lang ?? store$4?.lang,
    message: config$1?.message,
    abortEarly: config$1?.abortEarly ?? store$4?.abortEarly,
    abortPipeEarly: config$1?.abortPipeEarly ?? store$4?.abortPipeEarly
  };
}
var store$3;
// @__NO_SIDE_EFFECTS__
function getGlobalMessage(lang) {
  return store$3?.get(lang);
}
var store$2;
// @__NO_SIDE_EFFECTS__
function getSchemaMessage(lang) {
  return store$2?.get(lang);
}
var store$1;
// @__NO_SIDE_EFFECTS__
function getSpecificMessage(reference, lang) {
  return store$1?.get(reference)?.get(lang);
}
// @__NO_SIDE_EFFECTS__
function _stringify(input) {
  const type = typeof input;
  if (type === "string") return `"${input}"`;
  if (type === "number" || type === "bigint" || type === "boolean") return `${input}`;
  if (type === "object" || type === "function") return (input && Object.getPrototypeOf(input)?.constructor?.name) ?? "null";
  return type;
}
function _addIssue(context, label, dataset, config$1, other) {
  const input = other && "input" in other ? other.input : dataset.value;
  const expected = other?.expected ?? context.expects ?? null;
  const received = other?.received ?? /* @__PURE__ */ _stringify(input);
  const issue = {
    kind: context.kind,
    type: context.type,
    input,
    expected,
    received,
    message: `Invalid ${label}: ${expected ? `Expected ${expected} but r` : "R"}eceived ${received}`,
    requirement: context.requirement,
    path: other?.path,
    issues: other?.issues,
    lang: config$1.lang,
    abortEarly: config$1.abortEarly,
    abortPipeEarly: config$1.abortPipeEarly
  };
  const isSchema = context.kind === "schema";
  const message$1 = other?.message ?? context.message ?? /* @__PURE__ */ getSpecificMessage(context.reference, issue.lang) ?? (isSchema ? /* @__PURE__ */ getSchemaMessage(issue.lang) : null) ?? config$1.message ?? /* @__PURE__ */ getGlobalMessage(issue.lang);
  if (message$1 !== void 0) issue.message = typeof message$1 === "function" ? message$1(issue) : message$1;
  if (isSchema) dataset.typed = false;
  if (dataset.issues) dataset.issues.push(issue);
  else dataset.issues = [issue];
}
// @__NO_SIDE_EFFECTS__
function _isSameValueZero(value1, value2) {
  return value1 === value2 || Number.isNaN(value1) && Number.isNaN(value2);
}
// @__NO_SIDE_EFFECTS__
function _joinExpects(values$1, separator) {
  const list = [...new Set(values$1)];
  if (list.length > 1) return `(${list.join(` ${separator} `)})`;
  return list[0] ?? "never";
}
function _standardSchema(schema) {
  schema["~standard"] = {
    version: 1,
    vendor: "valibot",
    validate: (value$1) => schema["~run"]({ value: value$1 }, /* @__PURE__ */ getGlobalConfig())
  };
  return schema;
}
var EMOJI_REGEX = new RegExp("^(?:[\\u{1F1E6}-\\u{1F1FF}]{2}|\\u{1F3F4}[\\u{E0061}-\\u{E007A}]{2}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{1,3}\\u{E007F}|(?:\\p{Emoji}\\uFE0F\\u20E3?|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}?|(?![\\p{Emoji_Modifier_Base}\\u{1F1E6}-\\u{1F1FF}])\\p{Emoji_Presentation})(?:\\u200D(?:\\p{Emoji}\\uFE0F\\u20E3?|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}?|(?![\\p{Emoji_Modifier_Base}\\u{1F1E6}-\\u{1F1FF}])\\p{Emoji_Presentation}))*)+$", "u");
// @__NO_SIDE_EFFECTS__
function integer(message$1) {
  return {
    kind: "validation",
    type: "integer",
    reference: integer,
    async: false,
    expects: null,
    requirement: Number.isInteger,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !this.requirement(dataset.value)) _addIssue(this, "integer", dataset, config$1);
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function maxLength(requirement, message$1) {
  return {
    kind: "validation",
    type: "max_length",
    reference: maxLength,
    async: false,
    expects: `<=${requirement}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && dataset.value.length > this.requirement) _addIssue(this, "length", dataset, config$1, { received: `${dataset.value.length}` });
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function minValue(requirement, message$1) {
  return {
    kind: "validation",
    type: "min_value",
    reference: minValue,
    async: false,
    expects: `>=${requirement instanceof Date ? requirement.toJSON() : /* @__PURE__ */ _stringify(requirement)}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !(dataset.value >= this.requirement)) _addIssue(this, "value", dataset, config$1, { received: dataset.value instanceof Date ? dataset.value.toJSON() : /* @__PURE__ */ _stringify(dataset.value) });
      return dataset;
    }
  };
}
var ABORT_EARLY_CONFIG = { abortEarly: true };
// @__NO_SIDE_EFFECTS__
function getFallback(schema, dataset, config$1) {
  return typeof schema.fallback === "function" ? schema.fallback(dataset, config$1) : schema.fallback;
}
// @__NO_SIDE_EFFECTS__
function getDefault(schema, dataset, config$1) {
  return typeof schema.default === "function" ? schema.default(dataset, config$1) : schema.default;
}
// @__NO_SIDE_EFFECTS__
function array(item, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "array",
    reference: array,
    expects: "Array",
    async: false,
    item,
    message: message$1,
    "~run"(dataset, config$1) {
      const input = dataset.value;
      if (Array.isArray(input)) {
        dataset.typed = true;
        dataset.value = [];
        for (let key = 0; key < input.length; key++) {
          const value$1 = input[key];
          const itemDataset = this.item["~run"]({ value: value$1 }, config$1);
          if (itemDataset.issues) {
            const pathItem = {
              type: "array",
              origin: "value",
              input,
              key,
              value: value$1
            };
            for (const issue of itemDataset.issues) {
              if (issue.path) issue.path.unshift(pathItem);
              else issue.path = [pathItem];
              dataset.issues?.push(issue);
            }
            if (!dataset.issues) dataset.issues = itemDataset.issues;
            if (config$1.abortEarly) {
              dataset.typed = false;
              break;
            }
          }
          if (!itemDataset.typed) dataset.typed = false;
          dataset.value.push(itemDataset.value);
        }
      } else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function boolean(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "boolean",
    reference: boolean,
    expects: "boolean",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "boolean") dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function literal(literal_, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "literal",
    reference: literal,
    expects: /* @__PURE__ */ _stringify(literal_),
    async: false,
    literal: literal_,
    message: message$1,
    "~run"(dataset, config$1) {
      if (/* @__PURE__ */ _isSameValueZero(dataset.value, this.literal)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function nullable(wrapped, default_) {
  return _standardSchema({
    kind: "schema",
    type: "nullable",
    reference: nullable,
    expects: `(${wrapped.expects} | null)`,
    async: false,
    wrapped,
    default: default_,
    "~run"(dataset, config$1) {
      if (dataset.value === null) {
        if (this.default !== void 0) dataset.value = /* @__PURE__ */ getDefault(this, dataset, config$1);
        if (dataset.value === null) {
          dataset.typed = true;
          return dataset;
        }
      }
      return this.wrapped["~run"](dataset, config$1);
    }
  });
}
// @__NO_SIDE_EFFECTS__
function number(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "number",
    reference: number,
    expects: "number",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "number" && !isNaN(dataset.value)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function optional(wrapped, default_) {
  return _standardSchema({
    kind: "schema",
    type: "optional",
    reference: optional,
    expects: `(${wrapped.expects} | undefined)`,
    async: false,
    wrapped,
    default: default_,
    "~run"(dataset, config$1) {
      if (dataset.value === void 0) {
        if (this.default !== void 0) dataset.value = /* @__PURE__ */ getDefault(this, dataset, config$1);
        if (dataset.value === void 0) {
          dataset.typed = true;
          return dataset;
        }
      }
      return this.wrapped["~run"](dataset, config$1);
    }
  });
}
// @__NO_SIDE_EFFECTS__
function picklist(options2, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "picklist",
    reference: picklist,
    expects: /* @__PURE__ */ _joinExpects(options2.map(_stringify), "|"),
    async: false,
    options: options2,
    message: message$1,
    "~run"(dataset, config$1) {
      if (this.options.includes(dataset.value)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function strictObject(entries$1, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "strict_object",
    reference: strictObject,
    expects: "Object",
    async: false,
    entries: entries$1,
    message: message$1,
    "~run"(dataset, config$1) {
      const input = dataset.value;
      if (input && typeof input === "object") {
        dataset.typed = true;
        dataset.value = {};
        for (const key in this.entries) {
          const valueSchema = this.entries[key];
          if (key in input || (valueSchema.type === "exact_optional" || valueSchema.type === "optional" || valueSchema.type === "nullish") && valueSchema.default !== void 0) {
            const value$1 = key in input ? input[key] : /* @__PURE__ */ getDefault(valueSchema);
            const valueDataset = valueSchema["~run"]({ value: value$1 }, config$1);
            if (valueDataset.issues) {
              const pathItem = {
                type: "object",
                origin: "value",
                input,
                key,
                value: value$1
              };
              for (const issue of valueDataset.issues) {
                if (issue.path) issue.path.unshift(pathItem);
                else issue.path = [pathItem];
                dataset.issues?.push(issue);
              }
              if (!dataset.issues) dataset.issues = valueDataset.issues;
              if (config$1.abortEarly) {
                dataset.typed = false;
                break;
              }
            }
            if (!valueDataset.typed) dataset.typed = false;
            dataset.value[key] = valueDataset.value;
          } else if (valueSchema.fallback !== void 0) dataset.value[key] = /* @__PURE__ */ getFallback(valueSchema);
          else if (valueSchema.type !== "exact_optional" && valueSchema.type !== "optional" && valueSchema.type !== "nullish") {
            _addIssue(this, "key", dataset, config$1, {
              input: void 0,
              expected: `"${key}"`,
              path: [{
                type: "object",
                origin: "key",
                input,
                key,
                value: input[key]
              }]
            });
            if (config$1.abortEarly) break;
          }
        }
        if (!dataset.issues || !config$1.abortEarly) {
          for (const key in input) if (!Object.prototype.hasOwnProperty.call(this.entries, key)) {
            _addIssue(this, "key", dataset, config$1, {
              input: key,
              expected: "never",
              path: [{
                type: "object",
                origin: "key",
                input,
                key,
                value: input[key]
              }]
            });
            break;
          }
        }
      } else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function string(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "string",
    reference: string,
    expects: "string",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "string") dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function unknown() {
  return _standardSchema({
    kind: "schema",
    type: "unknown",
    reference: unknown,
    expects: "unknown",
    async: false,
    "~run"(dataset) {
      dataset.typed = true;
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function variant(key, options2, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "variant",
    reference: variant,
    expects: "Object",
    async: false,
    key,
    options: options2,
    message: message$1,
    "~run"(dataset, config$1) {
      const input = dataset.value;
      if (input && typeof input === "object") {
        let outputDataset;
        let maxDiscriminatorPriority = 0;
        let invalidDiscriminatorKey = this.key;
        let expectedDiscriminators = [];
        const parseOptions = (variant$1, allKeys) => {
          for (const schema of variant$1.options) {
            if (schema.type === "variant") parseOptions(schema, new Set(allKeys).add(schema.key));
            else {
              let keysAreValid = true;
              let currentPriority = 0;
              for (const currentKey of allKeys) {
                const discriminatorSchema = schema.entries[currentKey];
                if (currentKey in input ? discriminatorSchema["~run"]({
                  typed: false,
                  value: input[currentKey]
                }, ABORT_EARLY_CONFIG).issues : discriminatorSchema.type !== "exact_optional" && discriminatorSchema.type !== "optional" && discriminatorSchema.type !== "nullish") {
                  keysAreValid = false;
                  if (invalidDiscriminatorKey !== currentKey && (maxDiscriminatorPriority < currentPriority || maxDiscriminatorPriority === currentPriority && currentKey in input && !(invalidDiscriminatorKey in input))) {
                    maxDiscriminatorPriority = currentPriority;
                    invalidDiscriminatorKey = currentKey;
                    expectedDiscriminators = [];
                  }
                  if (invalidDiscriminatorKey === currentKey) expectedDiscriminators.push(schema.entries[currentKey].expects);
                  break;
                }
                currentPriority++;
              }
              if (keysAreValid) {
                const optionDataset = schema["~run"]({ value: input }, config$1);
                if (!outputDataset || !outputDataset.typed && optionDataset.typed) outputDataset = optionDataset;
              }
            }
            if (outputDataset && !outputDataset.issues) break;
          }
        };
        parseOptions(this, /* @__PURE__ */ new Set([this.key]));
        if (outputDataset) return outputDataset;
        _addIssue(this, "type", dataset, config$1, {
          input: input[invalidDiscriminatorKey],
          expected: /* @__PURE__ */ _joinExpects(expectedDiscriminators, "|"),
          path: [{
            type: "object",
            origin: "value",
            input,
            key: invalidDiscriminatorKey,
            value: input[invalidDiscriminatorKey]
          }]
        });
      } else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function pipe(...pipe$1) {
  return _standardSchema({
    ...pipe$1[0],
    pipe: pipe$1,
    "~run"(dataset, config$1) {
      for (const item of pipe$1) if (item.kind !== "metadata") {
        if (dataset.issues && (item.kind === "schema" || item.kind === "transformation")) {
          dataset.typed = false;
          break;
        }
        if (!dataset.issues || !config$1.abortEarly && !config$1.abortPipeEarly) dataset = item["~run"](dataset, config$1);
      }
      return dataset;
    }
  });
}

// src/errors.ts
var ERRORS = {
  REQUEST_INVALID: {
    blame: "request",
    status: 422,
    retryable: false,
    meaning: "The body is not JSON, holds too many or too deeply nested values, or breaks a field rule; the message says which."
  },
  FEATURE_UNAVAILABLE: {
    blame: "request",
    status: 422,
    retryable: false,
    meaning: "The request asks for something that this build does not have; the message names the key."
  },
  PAYLOAD_TOO_LARGE: {
    blame: "request",
    status: 413,
    retryable: false,
    meaning: "The body, or the input inside it, is larger than `inputBytes` allows."
  },
  UPLOAD_TOO_SLOW: {
    blame: "request",
    status: 408,
    retryable: true,
    meaning: "The body did not arrive within the upload deadline."
  },
  UNSUPPORTED_MEDIA_TYPE: {
    blame: "request",
    status: 415,
    retryable: false,
    meaning: "A service without a key accepts `application/json` bodies only, and none takes a body with a `Content-Encoding`."
  },
  UNAUTHORIZED: {
    blame: "request",
    status: 401,
    retryable: false,
    meaning: "The `Authorization` header is missing or holds another key."
  },
  FORBIDDEN: {
    blame: "request",
    status: 403,
    retryable: false,
    meaning: "A service without a key refuses requests that a web page could have made: an `Origin` header or a foreign `Host`."
  },
  NOT_FOUND: { blame: "request", status: 404, retryable: false, meaning: "There is no such route." },
  METHOD_NOT_ALLOWED: {
    blame: "request",
    status: 405,
    retryable: false,
    meaning: "The route exists, but not for this method."
  },
  ENDPOINT_NOT_FOUND: {
    blame: "request",
    status: 404,
    retryable: false,
    meaning: "No deployment is registered under this endpoint id, while others are."
  },
  DEPLOYMENT_INVALID: {
    blame: "request",
    status: 422,
    retryable: false,
    meaning: "The artifact cannot be unpacked, its manifest breaks a rule, or one of its modules cannot be loaded."
  },
  LIVE_DISABLED: {
    blame: "request",
    status: 403,
    retryable: false,
    meaning: "The request brings code, and this endpoint runs deployed code only."
  },
  JOB_NOT_FOUND: {
    blame: "request",
    status: 404,
    retryable: false,
    meaning: "No job has this id, or its retention time is over."
  },
  JOB_NOT_RETRYABLE: {
    blame: "request",
    status: 400,
    retryable: false,
    meaning: "Only a job that is FAILED or TIMED_OUT can be run again."
  },
  JOB_INTERRUPTED: {
    blame: "service",
    status: 200,
    retryable: true,
    meaning: "The service ended while the job ran; whether its code has run to its end is not known."
  },
  INPUT_INVALID: {
    blame: "request",
    status: 422,
    retryable: false,
    meaning: "An argument cannot be decoded: bad base64, a damaged pickle, or a type outside the table."
  },
  ARGUMENTS_MISMATCH: {
    blame: "request",
    status: 422,
    retryable: false,
    meaning: "The keyword arguments do not fit the parameters of the function."
  },
  COMPILE_FAILED: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The submitted source does not compile; the message has line and column."
  },
  ENTRY_NOT_FOUND: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The source does not define the function, or the class not the method, that the request names."
  },
  ENTRY_NOT_CALLABLE: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The name exists in the submitted source but is not a function, or cannot be called with `new` where a class is asked for."
  },
  GUEST_THREW: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The code threw, or rejected the promise that it returned; or a plain job returned an object with an `error`."
  },
  RESULT_NOT_ENCODABLE: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The result holds a value that the format cannot carry; the message has the path of the value."
  },
  LIMIT_CPU: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "The code used more processor time than `cpuMs`."
  },
  LIMIT_WALL: { blame: "limit", status: 200, retryable: false, meaning: "The code did not finish within `wallMs`." },
  LIMIT_MEMORY: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "The code used more memory than `memoryMb`."
  },
  LIMIT_OUTPUT: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "The encoded result, or all chunks of a stream together, are larger than `outputBytes`, or one chunk is larger than 1 MiB."
  },
  LIMIT_EGRESS: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "Submitted code asked another host for more than it may, in number or in bytes."
  },
  EGRESS_DENIED: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "The host that submitted code asked for is not among the allowed ones, or leads to an address that is refused."
  },
  EGRESS_FAILED: {
    blame: "service",
    status: 200,
    retryable: true,
    meaning: "The host that submitted code asked for did not answer as it should; the message says how."
  },
  REMOTE_FAILED: {
    blame: "guest",
    status: 200,
    retryable: false,
    meaning: "A function of another resource that submitted code called has failed; the message says what it said."
  },
  LIMIT_TRANSPILE: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "The TypeScript source is larger, or takes longer to strip, than the transpiler allows."
  },
  QUEUE_FULL: {
    blame: "service",
    status: 429,
    retryable: true,
    meaning: "As many requests wait already as `waiting` allows."
  },
  QUEUE_TIMEOUT: {
    blame: "service",
    status: 503,
    retryable: true,
    meaning: "The request waited longer than `queueMs` for an executor; it never ran."
  },
  BUFFERS_FULL: {
    blame: "service",
    status: 429,
    retryable: true,
    meaning: "Bodies and answers in flight fill `bufferedBytes` already."
  },
  DRAINING: {
    blame: "service",
    status: 503,
    retryable: true,
    meaning: "The service is shutting down and takes no new work."
  },
  EXECUTOR_LOST: {
    blame: "service",
    status: 500,
    retryable: true,
    meaning: "The process that ran the code died before it answered."
  },
  INSTANCE_LOST: {
    blame: "limit",
    status: 200,
    retryable: false,
    meaning: "The instance that the request asks for was there and is gone; the message says why and since when. `create_new_instance` true makes it anew."
  },
  EXECUTORS_UNAVAILABLE: {
    blame: "service",
    status: 503,
    retryable: true,
    meaning: "No executor process can be started; the log says why."
  },
  JOBS_UNAVAILABLE: {
    blame: "service",
    status: 503,
    retryable: true,
    meaning: "The jobs of the service can be neither kept nor read, or too many requests wait for that; the log says why."
  },
  CANCELLED: {
    blame: "request",
    status: 200,
    retryable: false,
    meaning: "The caller cancelled the request or went away."
  },
  INTERNAL: {
    blame: "service",
    status: 500,
    retryable: true,
    meaning: "A defect of the service; the log has the details."
  }
};

// src/ipc/messages.ts
var FRAME_OVERHEAD_BYTES = 128 * 1024;
var STREAM_WINDOW_CHUNKS = 4;
var RETIRE_REASONS = ["limit", "memory", "calls", "heap", "built-ins", "load failed", "idle", "dropped"];
var DOOM_REASONS = ["a thread does not stop", "V8 ran out of memory", "an isolate cannot be made"];
var milliseconds = pipe(number(), minValue(0));
var count = pipe(number(), integer(), minValue(0));
var taskId = pipe(string(), maxLength(128));
var hash = pipe(string(), maxLength(128));
var failureText = pipe(string(), maxLength(MAX_FAILURE_CHARACTERS));
var codes = Object.keys(ERRORS);
var RemoteCall = strictObject({
  type: literal("remoteCall"),
  taskId,
  /** Above those of all earlier calls of the task. */
  requestId: count,
  name: pipe(string(), maxLength(REMOTE_NAME_CHARACTERS)),
  parts: array(unknown())
});
var FromExecutor = variant("type", [
  strictObject({
    type: literal("ready"),
    /** The layers of confinement that took hold, for the start log. */
    confinement: pipe(array(pipe(string(), maxLength(64))), maxLength(16))
  }),
  /** After a `settled` that was not free: the executor can take the next task. */
  strictObject({ type: literal("idle") }),
  strictObject({ type: literal("pong"), sequence: count }),
  strictObject({
    type: literal("settled"),
    taskId,
    ok: boolean(),
    /** Whether the executor can take the next task at once; otherwise `idle` or `doomed` follows. */
    isFree: boolean(),
    /** How many chunks were sent, when the result was a stream; the value is then empty, or the list of them if that was asked for. */
    chunks: optional(count),
    /** The call has made the instance that it is of. */
    madeInstance: optional(literal(true)),
    /** Whether any of the submitted code ran: decides between a null and an empty stdout. */
    ran: boolean(),
    failure: nullable(
      strictObject({
        code: picklist(codes),
        message: failureText,
        stack: optional(failureText),
        limit: optional(number()),
        used: optional(number())
      })
    ),
    cpuMs: milliseconds,
    wallMs: milliseconds,
    phases: strictObject({
      isolateMs: optional(milliseconds),
      compileMs: optional(milliseconds),
      evaluateMs: optional(milliseconds),
      callMs: optional(milliseconds)
    }),
    parts: array(unknown())
  }),
  /** Parts: one chunk of the result of a task that may stream. */
  strictObject({ type: literal("chunk"), taskId, parts: array(unknown()) }),
  /** What the code of a task says of it. Parts: a JSON text on one line. */
  strictObject({ type: literal("progress"), taskId, parts: array(unknown()) }),
  /** A module that was loaded without a code cache has one now. Parts: the cache in base64. */
  strictObject({ type: literal("codeCache"), hash, parts: array(unknown()) }),
  /** An isolate of a module takes no further calls, or an instance has ended: of each hash of one it is said once. */
  strictObject({ type: literal("retired"), hash, reason: picklist(RETIRE_REASONS) }),
  RemoteCall,
  /** The executor cannot go on (a thread that nothing stops, a V8 heap out of memory) and asks to be replaced. */
  strictObject({ type: literal("doomed"), reason: picklist(DOOM_REASONS) })
]);

// src/executor/call-stream.ts
var CallStream = class {
  #options;
  #roomChunks = STREAM_WINDOW_CHUNKS;
  #sentBytes = 0;
  #chunks = 0;
  #isAsked = false;
  constructor(options2) {
    this.#options = options2;
  }
  /** How many were sent. */
  get chunks() {
    return this.#chunks;
  }
  /** The front has taken so many chunks off; 0 asks for the first. */
  grant(chunks) {
    this.#roomChunks += chunks;
    if (this.#isAsked || this.#roomChunks <= 0) return;
    this.#isAsked = true;
    this.#options.pull(this.#maxBytes);
  }
  /**
   * Sends what the guest program says is a chunk; one that was not asked for is dropped. A failure ends the call; a number is
   * how many bytes the next may have, if that is asked for at once.
   */
  take(chunk) {
    if (!this.#isAsked) return null;
    const bytes2 = Buffer.byteLength(chunk);
    if (bytes2 > this.#maxBytes) return this.tooLarge(bytes2);
    this.#sentBytes += bytes2;
    this.#chunks++;
    this.#options.send(chunk);
    this.#roomChunks--;
    if (this.#roomChunks > 0 && this.#options.mayGoOn()) return this.#maxBytes;
    this.#isAsked = false;
    this.grant(0);
    return null;
  }
  /** The limit that a chunk of at least so many bytes breaks: its own, or that of all together. */
  tooLarge(bytes2) {
    const { limits } = this.#options;
    return bytes2 > MAX_CHUNK_BYTES && this.#maxBytes === MAX_CHUNK_BYTES ? chunkFailure(bytes2) : outputFailure(limits, this.#sentBytes + bytes2);
  }
  get #maxBytes() {
    return Math.min(MAX_CHUNK_BYTES, this.#options.limits.outputBytes - this.#sentBytes);
  }
};

// src/executor/crypto/crypto-room.ts
var MAX_CHARACTERS_IN_PROGRESS = 4 * MAX_CRYPTO_CHARACTERS;
var charactersInProgress = 0;
var CryptoRoom = class {
  #operations = 0;
  #onEmpty = [];
  /** False when there is none: the guest waits with it. */
  take(payload) {
    const { length } = payload;
    if (length > MAX_CRYPTO_CHARACTERS || this.#operations >= MAX_CRYPTO_PENDING) return false;
    if (charactersInProgress + length > MAX_CHARACTERS_IN_PROGRESS) return false;
    charactersInProgress += length;
    this.#operations++;
    return true;
  }
  /** What has been taken is over, answer and all. */
  leave(payload) {
    charactersInProgress -= payload.length;
    this.#operations--;
    if (this.#operations > 0) return;
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const tell of waiting) tell();
  }
  /** Settles when nothing is in progress. */
  async whenEmpty() {
    if (this.#operations > 0) await new Promise((resolve) => this.#onEmpty.push(resolve));
  }
};

// src/executor/crypto/read-request.ts
var OPERATIONS = [
  "digest",
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "generateKey",
  "importKey",
  "exportKey",
  "deriveBits",
  "deriveKey",
  "wrapKey",
  "unwrapKey",
  "getPublicKey",
  "encapsulateBits",
  "encapsulateKey",
  "decapsulateBits",
  "decapsulateKey"
];
var MalformedRequest = class extends Error {
};
var MAX_WORD_CHARACTERS = 64;
var MAX_USAGES = 32;
var MAX_UINT32 = 2 ** 32 - 1;
var MAX_PARAMETER_BYTES = 64 * 1024;
var MAX_KEY_BYTES = 8 * 1024;
var BYTES_MEMBERS = /* @__PURE__ */ new Set([
  "additionalData",
  "associatedData",
  "context",
  "counter",
  "customization",
  "functionName",
  "info",
  "iv",
  "label",
  "nonce",
  "publicExponent",
  "salt",
  "secretValue"
]);
var NUMBER_MEMBERS = /* @__PURE__ */ new Set([
  "domainSeparation",
  "iterations",
  "length",
  "memory",
  "modulusLength",
  "outputLength",
  "parallelism",
  "passes",
  "saltLength",
  "tagLength",
  "version"
]);
var JWK_TEXTS = new Set(
  ["kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"].concat(["pub", "priv"])
);
function readRequest(text) {
  const sent = readObject(parse(text));
  const id = sent["id"];
  const operation = OPERATIONS.find((one) => one === sent["operation"]);
  if (typeof id !== "number" || !Number.isSafeInteger(id) || operation === void 0) throw new MalformedRequest();
  const request = { id, operation };
  for (const [name, value] of Object.entries(sent)) {
    if (name === "id" || name === "operation") continue;
    const read = FIELDS.get(name);
    if (read === void 0) throw new MalformedRequest();
    request[name] = read(value);
  }
  return request;
}
function need(request, ...names) {
  if (names.some((name) => request[name] === void 0)) throw new MalformedRequest();
  return request;
}
function readJwk(value) {
  const jwk = {};
  for (const [name, member] of Object.entries(readObject(value))) {
    if (JWK_TEXTS.has(name)) jwk[name] = readText(member, 2 * MAX_PARAMETER_BYTES);
    else if (name === "ext") jwk[name] = readBoolean(member);
    else if (name === "key_ops") jwk[name] = readUsages(member);
    else if (name === "oth") jwk[name] = [];
  }
  return jwk;
}
var FIELDS = /* @__PURE__ */ new Map([
  ["algorithm", (value) => readAlgorithm(value, 0)],
  ["target", (value) => readAlgorithm(value, 0)],
  ["key", (value) => readKey(value, 0)],
  ["wrapped", (value) => readKey(value, 0)],
  ["data", (value) => readBytes(value, MAX_CRYPTO_BYTES)],
  ["signature", (value) => readBytes(value, MAX_PARAMETER_BYTES)],
  ["format", (value) => readText(value, MAX_WORD_CHARACTERS)],
  ["jwk", readJwk],
  ["length", (value) => value === null ? null : readNumber(value)],
  ["extractable", readBoolean],
  ["usages", readUsages]
]);
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedRequest();
  }
}
function readObject(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MalformedRequest();
  return value;
}
function readAlgorithm(value, depth) {
  const algorithm = {};
  for (const [name, member] of Object.entries(readObject(value))) {
    if (BYTES_MEMBERS.has(name)) {
      algorithm[name] = readBytes(member, name === "additionalData" ? MAX_CRYPTO_BYTES : MAX_PARAMETER_BYTES);
    } else if (NUMBER_MEMBERS.has(name)) algorithm[name] = readNumber(member);
    else if (name === "name" || name === "namedCurve") algorithm[name] = readText(member, MAX_WORD_CHARACTERS);
    else if (name === "hash" && depth < 3) algorithm[name] = readAlgorithm(member, depth + 1);
    else if (name === "public" && depth === 0) algorithm[name] = readKey(member, 1);
    else throw new MalformedRequest();
  }
  if (algorithm["name"] === void 0) throw new MalformedRequest();
  return algorithm;
}
function readKey(value, depth) {
  const { type, algorithm, extractable, usages, material, ...rest } = readObject(value);
  const isKnown = type === "secret" || type === "public" || type === "private";
  if (!isKnown || Object.keys(rest).length > 0) throw new MalformedRequest();
  return {
    type,
    algorithm: readAlgorithm(algorithm, depth + 1),
    extractable: readBoolean(extractable),
    usages: readUsages(usages),
    material: readBytes(material, type === "secret" ? MAX_PARAMETER_BYTES : MAX_KEY_BYTES)
  };
}
function readText(value, maxCharacters) {
  if (typeof value !== "string" || value.length > maxCharacters) throw new MalformedRequest();
  return value;
}
function readBytes(value, maxBytes) {
  const bytes2 = Buffer.from(readText(value, Math.ceil(maxBytes / 3) * 4 + 4), "base64");
  if (bytes2.length > maxBytes) throw new MalformedRequest();
  return bytes2;
}
function readNumber(value) {
  const isNumber = typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_UINT32;
  if (!isNumber) throw new MalformedRequest();
  return value;
}
function readBoolean(value) {
  if (typeof value !== "boolean") throw new MalformedRequest();
  return value;
}
function readUsages(value) {
  if (!Array.isArray(value) || value.length > MAX_USAGES) throw new MalformedRequest();
  return value.map((usage) => readText(usage, MAX_WORD_CHARACTERS));
}

// src/executor/crypto/bounds.ts
var MAX_MODULUS_BITS = { generated: 3072, used: 4096 };
var MAX_RSA_KEY_BYTES = 4096;
var MAX_BITS = 8 * MAX_PARAMETER_BYTES;
var MAX_WORK = 4e6;
var COST_OF_HASH = { "SHA-1": 1, "SHA-256": 1, "SHA-384": 3, "SHA-512": 3 };
var COST_OF_OTHERS = 5;
var HASH_BYTES = { "SHA-1": 20, "SHA-384": 48, "SHA-512": 64, "SHA3-384": 48 };
var MAX_ARGON_KIB = 65536;
var MAX_ARGON_WORK_KIB = 262144;
var MAX_ARGON_LANES = 16;
function findExcess({ operation, algorithm, target, length }) {
  const bits = Math.max(length ?? 0, numberOf(target, "length"), numberOf(algorithm, "outputLength"));
  if (bits > MAX_BITS) return tooMuch(`${groupDigits(bits)} bits are asked for`, `${groupDigits(MAX_BITS)} bits`);
  if (algorithm === void 0) return null;
  if (operation === "generateKey") return findExcessOfKey(algorithm);
  if (operation !== "deriveBits" && operation !== "deriveKey") return null;
  if (algorithm.name === "PBKDF2") return findExcessOfPbkdf2(algorithm, bits === 0 ? MAX_TARGET_BITS : bits);
  return algorithm.name.startsWith("Argon2") ? findExcessOfArgon(algorithm) : null;
}
var MAX_TARGET_BITS = 1024;
function findExcessOfKey(algorithm) {
  const bits = numberOf(algorithm, "length");
  if (bits > MAX_BITS) return tooMuch(`The key has ${groupDigits(bits)} bits`, `${groupDigits(MAX_BITS)} bits`);
  const modulus = numberOf(algorithm, "modulusLength");
  if (modulus > MAX_MODULUS_BITS.generated) {
    const limit = `${groupDigits(MAX_MODULUS_BITS.generated)} bits for a key that is generated`;
    return tooMuch(`The modulus has ${groupDigits(modulus)} bits`, limit);
  }
  const exponent = algorithm["publicExponent"];
  if (!(exponent instanceof Uint8Array) || modulus === 0) return null;
  const value = BigInt(`0x0${Buffer.from(exponent).toString("hex")}`);
  return value === 65537n || value <= 3n || value % 2n === 0n ? null : "The public exponent must be 3 or 65537.";
}
function findExcessOfPbkdf2(algorithm, bits) {
  const hash2 = algorithm["hash"];
  const name = typeof hash2 === "object" && "name" in hash2 ? String(hash2.name) : "";
  const salt = algorithm["salt"];
  const blocks = Math.ceil(bits / 8 / (HASH_BYTES[name] ?? 32));
  const saltWork = salt instanceof Uint8Array ? salt.length / 64 : 0;
  const work = blocks * (numberOf(algorithm, "iterations") + saltWork) * (COST_OF_HASH[name] ?? COST_OF_OTHERS);
  if (work <= MAX_WORK) return null;
  const iterations = Math.floor(MAX_WORK / blocks / (COST_OF_HASH[name] ?? COST_OF_OTHERS) - saltWork);
  return tooMuch(
    `PBKDF2 has ${groupDigits(numberOf(algorithm, "iterations"))} iterations`,
    `${groupDigits(Math.max(iterations, 0))} for ${groupDigits(bits)} bits with ${name}`
  );
}
function findExcessOfArgon(algorithm) {
  const kib = numberOf(algorithm, "memory");
  const lanes = numberOf(algorithm, "parallelism");
  if (kib > MAX_ARGON_KIB) return tooMuch(`Argon2 takes ${groupDigits(kib)} KiB`, `${groupDigits(MAX_ARGON_KIB)} KiB`);
  if (lanes > MAX_ARGON_LANES) return tooMuch(`Argon2 has ${groupDigits(lanes)} lanes`, groupDigits(MAX_ARGON_LANES));
  const work = Math.max(kib, 8 * lanes) * numberOf(algorithm, "passes");
  if (work <= MAX_ARGON_WORK_KIB) return null;
  return tooMuch(`Argon2 goes over ${groupDigits(work)} KiB`, `${groupDigits(MAX_ARGON_WORK_KIB)} KiB in all passes`);
}
var tooMuch = (what, limit) => `${what}; the limit is ${limit}.`;
function numberOf(algorithm, member) {
  const value = algorithm?.[member];
  return typeof value === "number" ? value : 0;
}

// src/executor/crypto/own-crypto.ts
var loaded;
function ownCrypto() {
  return loaded ??= load3();
}
function load3() {
  process.removeAllListeners("warning");
  return process.getBuiltinModule("node:crypto");
}

// src/executor/crypto/keys.ts
var KeyTooLarge = class extends Error {
};
function openKey({ type, algorithm, material, ...sent }, usages = sent.usages, extractable = sent.extractable) {
  const object = openMaterial(type, material);
  checkSize(object, material.length);
  return object.toCryptoKey(toParameters(algorithm), extractable, usages);
}
function sealKey(key, extractable, material) {
  const bytes2 = material ?? exportMaterial(ownCrypto().KeyObject.from(key));
  const { type, algorithm, usages } = key;
  const sealed = { type, algorithm: writeAlgorithm(algorithm), extractable, usages };
  return JSON.stringify({ ...sealed, material: toBase64(bytes2) });
}
function toParameters(algorithm) {
  const { public: other } = algorithm;
  if (typeof other !== "object" || !("material" in other)) return algorithm;
  return { ...algorithm, public: openKey(other) };
}
var toBase64 = (bytes2) => (bytes2 instanceof Uint8Array ? Buffer.from(bytes2.buffer, bytes2.byteOffset, bytes2.byteLength) : Buffer.from(bytes2)).toString("base64");
function openMaterial(type, material) {
  const { createPrivateKey, createPublicKey, createSecretKey } = ownCrypto();
  const key = Buffer.from(material.buffer, material.byteOffset, material.byteLength);
  if (type === "secret") return createSecretKey(key);
  return type === "public" ? createPublicKey({ key, format: "der", type: "spki" }) : createPrivateKey({ key, format: "der", type: "pkcs8" });
}
function checkSize(object, bytes2) {
  const bits = object.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits > MAX_MODULUS_BITS.used || bits > 0 && bytes2 > MAX_RSA_KEY_BYTES) throw new KeyTooLarge();
}
function exportMaterial(object) {
  if (object.type === "secret") return object.export();
  const material = object.export({ format: "der", type: object.type === "public" ? "spki" : "pkcs8" });
  checkSize(object, material.length);
  return material;
}
function writeAlgorithm(algorithm) {
  return Object.fromEntries(
    Object.entries(algorithm).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, toBase64(value)];
      return [name, typeof value === "object" ? writeAlgorithm(value) : value];
    })
  );
}

// src/executor/crypto/run-operation.ts
var ERROR_NAMES = /* @__PURE__ */ new Set([
  "DataError",
  "InvalidAccessError",
  "NotSupportedError",
  "OperationError",
  "QuotaExceededError",
  "SyntaxError",
  "TypeError"
]);
var MAX_MESSAGE_CHARACTERS = 300;
async function runCryptoOperation(text) {
  let id = 0;
  try {
    const request = readRequest(text);
    ({ id } = request);
    const excess = findExcess(request);
    const answer2 = excess === null ? await run(request) : failure("QuotaExceededError", excess);
    return `${id}
${JSON.stringify(answer2)}`;
  } catch (error) {
    return `${id}
${JSON.stringify(describe(error))}`;
  }
}
var failure = (name, message) => ({ error: [name, message] });
function describe(error) {
  if (error instanceof MalformedRequest) return failure("OperationError", "The operation is malformed or too large.");
  if (error instanceof KeyTooLarge) {
    return failure("QuotaExceededError", "The RSA key is larger than its limit of 4 096 bits.");
  }
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  const text = message.split("\n", 1)[0]?.slice(0, MAX_MESSAGE_CHARACTERS) ?? "";
  return failure(ERROR_NAMES.has(name) ? name : "OperationError", text);
}
async function run(request) {
  const { subtle } = ownCrypto().webcrypto;
  switch (request.operation) {
    case "digest": {
      const { algorithm, data } = need(request, "algorithm", "data");
      return bytes(await subtle.digest(toParameters(algorithm), data));
    }
    case "encrypt":
    case "decrypt":
    case "sign": {
      const { algorithm, key, data } = need(request, "algorithm", "key", "data");
      return bytes(await subtle[request.operation](toParameters(algorithm), openKey(key), data));
    }
    case "verify": {
      const { algorithm, key, signature, data } = need(request, "algorithm", "key", "signature", "data");
      return { value: await subtle.verify(toParameters(algorithm), openKey(key), signature, data) };
    }
    case "generateKey":
      return generateKey(request);
    case "importKey":
      return { key: await importKey(request, need(request, "format").format, request.jwk ?? need(request, "data").data) };
    case "exportKey": {
      const { format, key } = need(request, "format", "key");
      const exported = await subtle.exportKey(format, openKey(key));
      return exported instanceof ArrayBuffer ? bytes(exported) : { jwk: exported };
    }
    case "deriveBits": {
      const { algorithm, key } = need(request, "algorithm", "key");
      return bytes(await subtle.deriveBits(toParameters(algorithm), openKey(key), request.length ?? null));
    }
    case "deriveKey":
      return { key: await deriveKey(request) };
    case "wrapKey": {
      const { format, wrapped, key, algorithm } = need(request, "format", "wrapped", "key", "algorithm");
      const parameters = toParameters(algorithm);
      return bytes(await subtle.wrapKey(format, openKey(wrapped), openKey(key), parameters));
    }
    case "unwrapKey":
      return { key: await unwrapKey(request) };
    case "getPublicKey": {
      const { key, usages } = need(request, "key", "usages");
      return { key: sealKey(await modern().getPublicKey(openKey(key), usages), true) };
    }
    default:
      return runEncapsulation(request);
  }
}
var bytes = (value) => ({ bytes: toBase64(value) });
var isDerivation = (name) => name === "HKDF" || name === "PBKDF2" || name.startsWith("Argon2");
async function generateKey(request) {
  const { algorithm, extractable, usages } = need(request, "algorithm", "extractable", "usages");
  const made = await ownCrypto().webcrypto.subtle.generateKey(toParameters(algorithm), true, usages);
  const key = made;
  if (!("privateKey" in key)) return { key: sealKey(key, extractable) };
  return { pair: [sealKey(key.publicKey, true), sealKey(key.privateKey, extractable)] };
}
async function importKey(request, format, data, own) {
  const { extractable, usages } = need(request, "extractable", "usages");
  const algorithm = own ?? need(request, "algorithm").algorithm;
  const { subtle } = ownCrypto().webcrypto;
  const parameters = toParameters(algorithm);
  if (isDerivation(algorithm.name)) {
    const key2 = await subtle.importKey(format, data, parameters, extractable, usages);
    return sealKey(key2, extractable, data);
  }
  const given = data instanceof Uint8Array || extractable ? data : withoutExt(data);
  const key = await subtle.importKey(format, given, parameters, true, usages);
  return sealKey(key, extractable);
}
function withoutExt(jwk) {
  const { ext: _ext, ...members } = jwk;
  return members;
}
function requireUsage({ usages }, usage) {
  if (usages.includes(usage)) return;
  throw Object.assign(new Error(`The key is not for ${usage}.`), { name: "InvalidAccessError" });
}
async function deriveKey(request) {
  const { algorithm, key, target, extractable, usages } = need(request, "algorithm", "key", "target", "extractable", "usages");
  const { subtle } = ownCrypto().webcrypto;
  const parameters = toParameters(algorithm);
  if (!isDerivation(target.name)) {
    const derived = await subtle.deriveKey(parameters, openKey(key), toParameters(target), true, usages);
    return sealKey(derived, extractable);
  }
  requireUsage(key, "deriveKey");
  const secret = await subtle.deriveBits(parameters, openKey(key, ["deriveBits"]), null);
  return importKey(request, target.name.startsWith("Argon2") ? "raw-secret" : "raw", new Uint8Array(secret), target);
}
async function unwrapKey(request) {
  const { format, data, key, algorithm, target } = need(request, "format", "data", "key", "algorithm", "target");
  const { subtle } = ownCrypto().webcrypto;
  requireUsage(key, "unwrapKey");
  let text;
  if (algorithm.name === "AES-KW") {
    const any = { name: "HMAC", hash: "SHA-1" };
    const parameters = toParameters(algorithm);
    const whole = await subtle.unwrapKey("raw", data, openKey(key), parameters, any, true, ["sign"]);
    text = new Uint8Array(await subtle.exportKey("raw", whole));
  } else text = new Uint8Array(await subtle.decrypt(toParameters(algorithm), openKey(key, ["decrypt"]), data));
  return importKey(request, format, format === "jwk" ? parseJwk(text) : text, target);
}
function parseJwk(text) {
  try {
    return readJwk(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text)));
  } catch {
    throw Object.assign(new Error("What was unwrapped is no JSON Web Key."), { name: "DataError" });
  }
}
var modern = () => ownCrypto().webcrypto.subtle;
async function runEncapsulation(request) {
  const { operation } = request;
  const { algorithm, key } = need(request, "algorithm", "key");
  const parameters = toParameters(algorithm);
  if (operation.endsWith("Key")) requireUsage(key, operation);
  const isEncapsulation = operation.startsWith("encapsulate");
  const opened = openKey(key, operation.endsWith("Bits") ? key.usages : [isEncapsulation ? "encapsulateBits" : "decapsulateBits"]);
  const shared = isEncapsulation ? await modern().encapsulateBits(parameters, opened) : null;
  const secret = shared?.sharedKey ?? await modern().decapsulateBits(parameters, opened, need(request, "data").data);
  const ciphertext = shared === null ? {} : { ciphertext: toBase64(shared.ciphertext) };
  if (operation.endsWith("Bits")) return { ...bytes(secret), ...ciphertext };
  const { target } = need(request, "target");
  return { key: await importKey(request, "raw-secret", new Uint8Array(secret), target), ...ciphertext };
}

// src/executor/crypto/crypto-turns.ts
var STUCK_MS = 1e4;
var CryptoTurns = class {
  #options;
  #room = new CryptoRoom();
  constructor(options2) {
    this.#options = options2;
  }
  /** What the guest program is told. Operations of a call that is over are not begun. */
  ask(call, payload) {
    if (call === null || call === void 0 || call.isOver || !this.#room.take(payload)) return "";
    const { turns, isGone, onAnswer, onStuck } = this.#options;
    let answer2 = null;
    let timer;
    const run2 = async () => {
      timer = setTimeout(onStuck, STUCK_MS);
      answer2 = await runCryptoOperation(payload);
      clearTimeout(timer);
    };
    turns.take({
      call,
      isNative: true,
      begin: () => isGone() || call.isOver ? null : run2(),
      onDone: () => {
        if (answer2 === null) this.#room.leave(payload);
        else onAnswer(call, answer2, () => this.#room.leave(payload));
      }
    });
    return CRYPTO_ACCEPTED;
  }
  /** Settles when nothing is in progress. */
  async whenEmpty() {
    return this.#room.whenEmpty();
  }
};

// src/executor/endings.ts
var FAILURE_OF_OP = /* @__PURE__ */ new Map([
  [OP.threw, "GUEST_THREW"],
  [OP.entryNotFound, "ENTRY_NOT_FOUND"],
  [OP.entryNotCallable, "ENTRY_NOT_CALLABLE"],
  [OP.inputInvalid, "INPUT_INVALID"],
  [OP.argumentsMismatch, "ARGUMENTS_MISMATCH"],
  [OP.resultNotEncodable, "RESULT_NOT_ENCODABLE"]
]);
function readEnding(op, payload, limits, stream = null) {
  if (stream !== null) {
    if (op === OP.streamed) return readStreamed(payload, limits, stream);
    if (op === OP.outputTooLarge) return { failure: stream.tooLarge(Number(payload) || 0) };
    if (op === OP.aggregateTooLarge) return { failure: outputFailure(limits, Number(payload) || limits.outputBytes) };
  }
  if (op === OP.result) {
    const bytes2 = Buffer.byteLength(payload);
    return bytes2 <= limits.outputBytes ? { value: payload } : { failure: outputFailure(limits, bytes2) };
  }
  if (op === OP.outputTooLarge) return { failure: outputFailure(limits, Number(payload) || limits.outputBytes) };
  const code = FAILURE_OF_OP.get(op);
  return code === void 0 ? null : { failure: readFailure(code, payload) };
}
function readStreamed(list, limits, { chunks }) {
  const bytes2 = Buffer.byteLength(list);
  return bytes2 <= limits.outputBytes ? { value: list, chunks } : { failure: outputFailure(limits, bytes2) };
}
function readFailure(code, payload) {
  try {
    const [message, stack] = JSON.parse(payload);
    return { code, message: clip(String(message)), ...stack === "" ? {} : { stack: clip(String(stack)) } };
  } catch {
    return { code, message: clip(payload) };
  }
}

// src/executor/guest-timer.ts
var MAX_DELAY_MS = 2147483647;
var GuestTimer = class {
  #onDue;
  #timeout = null;
  #immediate = null;
  constructor(onDue) {
    this.#onDue = onDue;
  }
  /** Replaces what was armed before; -1 only takes it back. */
  arm(delayMs) {
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timeout = null;
    this.#immediate = null;
    if (delayMs === -1) return;
    if (delayMs > 0) this.#timeout = setTimeout(this.#onDue, Math.min(delayMs, MAX_DELAY_MS));
    else this.#immediate = setImmediate(this.#onDue);
  }
};

// src/executor/compile.ts
var MODULE_SYNTAX = /^(?:Cannot use import statement|Cannot use 'import\.meta'|Unexpected token 'export'|await is only valid)/;
var MAX_NAME_CHARACTERS = 200;
async function compileSource(isolate, source) {
  const script = await attempt(() => isolate.compileScript(source.code, { filename: source.fileName }));
  if (script.ok) return { kind: "script" };
  const exposing = `${source.code}
export{${source.name} as ${JSON.stringify(APPENDED_EXPORT)}}`;
  const exposed = await attempt(() => isolate.compileModule(exposing, { filename: source.fileName }));
  if (exposed.ok) return checkImports(exposed.unit);
  const plain = await attempt(() => isolate.compileModule(source.code, { filename: source.fileName }));
  if (plain.ok) return checkImports(plain.unit);
  const error = MODULE_SYNTAX.test(script.error.message) ? plain.error : script.error;
  return { kind: "failed", failure: { code: "COMPILE_FAILED", message: describeSyntaxError(error, source.fileName) } };
}
function checkImports(module2) {
  const [specifier] = module2.dependencySpecifiers;
  if (specifier === void 0) return { kind: "module", module: module2 };
  const message = `Cannot import '${clip(specifier, MAX_NAME_CHARACTERS)}': submitted code is one file, and this build has no dependencies.`;
  return { kind: "failed", failure: { code: "COMPILE_FAILED", message } };
}
function isCompileError(error) {
  return error instanceof SyntaxError || error instanceof EvalError || error instanceof RangeError;
}
async function attempt(compile) {
  try {
    return { ok: true, unit: await compile() };
  } catch (error) {
    if (isCompileError(error)) return { ok: false, error };
    throw error;
  }
}
function describeSyntaxError(error, fileName) {
  if (error instanceof RangeError) return "RangeError: the source is nested too deeply for the compiler";
  const position = /^(.*) \[[^[\]]*:(\d+):(\d+)\]$/s.exec(error.message);
  if (position === null) return `SyntaxError: ${clip(error.message)}`;
  const [, text = "", line, column] = position;
  const message = clip(text);
  return `SyntaxError: ${message} at line ${line}, column ${column} (${clip(fileName, MAX_NAME_CHARACTERS)}:${line}:${column})`;
}

// src/executor/load-source.ts
var NotCompiled = class {
  failure;
  constructor(failure2) {
    this.failure = failure2;
  }
};
async function loadSource(loading) {
  const { source, slot, name, timeoutMs, inTurn } = loading;
  const { code } = source;
  const { fileName } = source.message;
  const thrown = await inTurn(() => evaluateScript(code, fileName, slot, timeoutMs()));
  if (thrown === null || slot.isolate.isDisposed || !isCompileError(thrown)) return thrown;
  let compiled;
  const stopped = await inTurn(async () => {
    compiled = await compileSource(slot.isolate, { code, fileName, name });
  });
  switch (compiled?.kind) {
    case void 0:
      return stopped;
    case "script":
      return thrown;
    case "failed":
      return new NotCompiled(compiled.failure);
    case "module":
      return startAndWait(compiled.module, loading);
    default:
      return compiled;
  }
}
async function startAndWait(module2, { slot, timeoutMs, inTurn, ready }) {
  const thrown = await inTurn(() => evaluateModule(module2, slot, timeoutMs));
  if (thrown === null) await ready;
  return thrown;
}

// src/executor/pace.ts
var QUICK_MS = 5;
var QUICK_ENTRIES = 16;
var QUICK_INPUT_CHARACTERS = 64 * 1024;
var MAX_FUNCTIONS = 256;
var Pace = class {
  #quickEntries = /* @__PURE__ */ new Map();
  /** Whether an entry for a call of the function is likely to be over in a few milliseconds. */
  isQuick(name, input) {
    return input.length <= QUICK_INPUT_CHARACTERS && (this.#quickEntries.get(name) ?? 0) >= QUICK_ENTRIES;
  }
  /** Learns from an entry that is over. */
  entryTook(name, ms) {
    if (ms > QUICK_MS) this.#quickEntries.delete(name);
    else if (this.#quickEntries.has(name) || this.#quickEntries.size < MAX_FUNCTIONS)
      this.#quickEntries.set(name, (this.#quickEntries.get(name) ?? 0) + 1);
  }
};

// src/executor/warm-isolate.ts
var MAX_CALLS = 2e4;
var HEAP_CHECK_CALLS = 128;
var MAX_HEAP_SHARE = 0.6;
var RETURN_MS = 100;
var BYTES_PER_MB = 1024 * 1024;
var LOST = {
  code: "EXECUTOR_LOST",
  message: "Another call of the same module broke a limit and ended the isolate that both ran in."
};
var WarmIsolate = class {
  #options;
  #calls = /* @__PURE__ */ new Map();
  #timer = new GuestTimer(() => this.#runTimer());
  #pace = new Pace();
  #crypto;
  #timerOwner = 0;
  /** The call whose coming made the isolate: it pays for the loading, and prints what the module prints meanwhile. */
  #loader = null;
  #loaded = null;
  #isLoaded = false;
  #onModuleReady = null;
  #served = 0;
  /** Whether its code wants to know of rejections that nothing handles. */
  #hearsRejections = false;
  #isRetired = false;
  #isGone = false;
  #endedAt = 0;
  constructor(options2) {
    this.#options = options2;
    this.#crypto = new CryptoTurns({
      turns: options2.turns,
      isGone: () => this.#isGone,
      onAnswer: (call, answer2, onOver) => this.#enter(call, () => options2.slot.enter(KIND.cryptoAnswer, call.id, answer2, call.remainingMs), onOver),
      onStuck: options2.onStuck
    });
    options2.slot.onSend = (op, id, payload) => this.#hear(op, id, payload);
  }
  get isRetired() {
    return this.#isRetired;
  }
  /** When its last call ended, in the time of `performance.now`; null while it has calls or takes no more. */
  get idleSince() {
    return this.#isRetired || this.#calls.size > 0 ? null : this.#endedAt;
  }
  /** Whether the call has begun the loading, which is not over. */
  isLoadedBy(call) {
    return this.#loader === call;
  }
  /** Whether more than `call` would be lost with the isolate: what others have begun, or an instance. */
  isNeededBeside(call) {
    return isInstance(this.#options.source) || [...this.#calls.values()].some((other) => other !== call && other.hasBegun);
  }
  /** Settles when the module is loaded, or failed to. */
  get loaded() {
    return this.#loaded ?? Promise.resolve();
  }
  /** Never rejects; the call ends by itself. */
  async start(call) {
    this.#calls.set(call.id, call);
    this.#served++;
    if (!this.#isLoaded) {
      this.#loaded ??= this.#load(call);
      if (!await this.#loaded) return;
    }
    if (call.isOver || this.#isGone) return;
    this.#enterCall(call);
    if (this.#served >= MAX_CALLS) this.#wear("calls");
    else if (this.#served % HEAP_CHECK_CALLS === 0) void this.#checkHeap();
  }
  /** Told by the owner of the call when it has ended, however it did. */
  ended(call) {
    if (!this.#calls.delete(call.id)) return;
    this.#endedAt = performance.now();
    this.#options.remote.ended(call);
    if (this.#isRetired && this.#calls.size === 0) this.#dispose();
  }
  /** What another resource answered to a call that waits for it. */
  answerRemote(call, requestId, shape, text) {
    if (!this.#options.remote.take(call, requestId)) return;
    const payload = `${requestId}
${shape}
${text}`;
    this.#enter(call, () => this.#options.slot.enter(KIND.remoteAnswer, call.id, payload, call.remainingMs));
  }
  /**
   * Stops a call that has not ended by itself: one that waits is forgotten, one that runs takes the isolate along.
   * A module that breaks a limit while it is loaded would break it for all that wait for it, too.
   */
  stop(call, isLimit) {
    if (this.#options.turns.runningCall === call || this.#loader === call) this.#takeAway(this.#isLoaded || !isLimit);
    else if (this.#isLoaded && !this.#isGone) this.forget(call);
  }
  /** Tells the guest program that the call is over. Nobody pays for what an iterator does when it is told to return, and nobody waits for it: so it gets little time. */
  forget(call) {
    const { slot, turns } = this.#options;
    const timeoutMs = call.stream === null ? call.remainingMs : 2 * RETURN_MS;
    let timer;
    turns.take({
      call: null,
      begin: () => {
        if (this.#isGone) return null;
        if (call.stream !== null) timer = setTimeout(() => this.#takeAway(), RETURN_MS);
        return slot.enter(KIND.forget, call.id, "", timeoutMs);
      },
      onDone: () => clearTimeout(timer)
    });
  }
  /** Tells the code of a call that is cancelled, which then has a moment. */
  askToEnd(call) {
    this.#enter(call, () => {
      call.isAborting = true;
      return this.#options.slot.enter(KIND.cancel, call.id, "", call.remainingMs);
    });
  }
  /** No further calls; those in progress end, then it goes. */
  retire(reason) {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#options.onRetired(reason);
    if (this.#calls.size === 0) this.#dispose();
  }
  /** A module is evaluated anew; an instance would be lost, and goes on until it breaks a limit. */
  #wear(reason) {
    if (!isInstance(this.#options.source)) this.retire(reason);
  }
  /** Takes the isolate away from whatever runs in it. */
  #takeAway(mayMove = this.#isLoaded) {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#timer.arm(-1);
    disposeSlot(this.#options.slot, false);
    this.retire("limit");
    this.#options.onStopped();
    for (const call of [...this.#calls.values()]) {
      if (mayMove && !call.hasBegun && this.#loader !== call) {
        this.#calls.delete(call.id);
        this.#options.onUnbegun(call);
      } else call.fail(LOST);
    }
  }
  #dispose() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#timer.arm(-1);
    disposeSlot(this.#options.slot, true);
  }
  async #load(call) {
    const { source, slot, onCache } = this.#options;
    call.endPhase("isolateMs");
    this.#loader = call;
    const timeoutMs = () => call.remainingMs;
    const isDeployed = source.message.kind !== "source";
    if (isDeployed && source.code.includes(REMOTE_GLOBAL)) {
      await this.#inTurn(call, () => slot.enter(KIND.deployed, 0, "", call.remainingMs));
    }
    const error = source.message.kind === "script" ? await this.#inTurn(call, () => loadScript(source, slot, timeoutMs, onCache)) : await this.#loadModule(call);
    if (error === null) await this.#crypto.whenEmpty();
    if (error === null)
      await this.#inTurn(call, () => slot.enter(KIND.loaded, isDeployed ? 0 : 1, "", call.remainingMs));
    this.#loader = null;
    call.endPhase("evaluateMs");
    if (this.#isGone) return false;
    if (error === null) {
      this.#isLoaded = true;
      return true;
    }
    this.#failLoading(error);
    return false;
  }
  async #loadModule(call) {
    const { source, slot } = this.#options;
    const ready = new Promise((resolve) => this.#onModuleReady = resolve);
    const timeoutMs = () => call.remainingMs;
    if (source.message.kind === "source") {
      const inTurn = async (begin2) => this.#inTurn(call, begin2);
      return loadSource({ source, slot, name: call.message.name, timeoutMs, inTurn, ready });
    }
    const error = await this.#inTurn(call, () => startModule(source, slot, timeoutMs));
    if (error === null) await ready;
    return error;
  }
  /** What every call that waits for the module ends with. */
  #failLoading(error) {
    const { slot } = this.#options;
    const isMemory = slot.isolate.isDisposed;
    this.retire(isMemory ? "memory" : "load failed");
    for (const call of [...this.#calls.values()]) {
      if (isMemory) call.failMemory();
      else if (call.remainingMs <= 1) call.failWall();
      else call.fail(error instanceof NotCompiled ? error.failure : thrownFailure(error));
    }
    this.#dispose();
  }
  async #inTurn(call, begin2) {
    return new Promise((resolve) => {
      this.#options.turns.take({ call, begin: () => this.#isGone ? null : begin2(), onDone: resolve });
    });
  }
  #enterCall(call) {
    const { name } = call.message;
    const payload = `${writeCallHeader(call.message)}
${call.input}`;
    const { slot, mayEnterNow } = this.#options;
    let startedAt = 0;
    this.#enter(
      call,
      () => {
        call.hasBegun = true;
        startedAt = performance.now();
        if (!mayEnterNow() || !this.#pace.isQuick(name, call.input))
          return slot.enter(KIND.call, call.id, payload, call.remainingMs);
        slot.enterNow(KIND.callNow, call.id, payload, call.remainingMs);
        return "over";
      },
      () => call.hasBegun && this.#pace.entryTook(name, performance.now() - startedAt)
    );
  }
  #startStream(call) {
    if (call.stream !== null || call.message.mayStream !== true) return;
    const { slot, turns, onChunk } = this.#options;
    call.stream = new CallStream({
      limits: call.limits,
      pull: (maxBytes) => this.#enter(call, () => slot.enter(KIND.pull, call.id, String(maxBytes), call.remainingMs)),
      send: (chunk) => onChunk(call, chunk),
      // What it does in the entry of another call, that one pays for.
      mayGoOn: () => turns.runningCall === call && !turns.isWanted
    });
    call.stream.grant(0);
  }
  /** What the guest program is told. */
  #takeChunk(call, chunk) {
    const taken = call.isEnding ? null : call.stream?.take(chunk) ?? null;
    if (typeof taken === "number") return String(taken);
    if (taken !== null) this.#answered(call, { failure: taken });
    return "";
  }
  /** @param onOver told before it is known what failed. */
  #enter(call, begin2, onOver) {
    this.#options.turns.take({
      call,
      begin: () => this.#isGone || call?.isOver === true ? null : begin2(),
      onDone: (error) => {
        onOver?.();
        if (error !== null) this.#entryFailed(call, error);
      }
    });
  }
  /** The timer's owner pays for what it does; a timer of a call that has ended does not exist. */
  #runTimer() {
    const call = this.#calls.get(this.#timerOwner) ?? this.#loader;
    if (call !== null) this.#enter(call, () => this.#options.slot.enter(KIND.timer, 0, "", call.remainingMs));
  }
  /** Never an answer: a limit, or a rejection that nothing handled. */
  #entryFailed(call, error) {
    if (this.#isGone) return;
    if (this.#options.slot.isolate.isDisposed) {
      call?.failMemory();
      this.retire("memory");
      this.#takeAway();
    } else if (call !== null && call.remainingMs <= 1) {
      call.failWall();
      this.#takeAway();
    } else if (this.#hearsRejections && call !== null && !call.isOver) {
      this.#enter(call, () => this.#options.slot.enter(KIND.rejection, call.id, writeRejection(error), call.remainingMs));
    } else call?.log.add(describeStray(error));
  }
  #hear(op, id, payload) {
    const call = id === 0 ? this.#loader : this.#calls.get(id);
    if (op === OP.hearsRejections) this.#hearsRejections = true;
    if (op === OP.crypto) return this.#crypto.ask(call, payload);
    if (op === OP.remote) return this.#askRemote(id, payload);
    if (op === OP.armTimer) {
      this.#timerOwner = Number(payload) || 0;
      this.#timer.arm(id);
    } else if (op === OP.moduleReady) this.#onModuleReady?.();
    else if (op === OP.builtInChanged) this.#wear("built-ins");
    else if (op === OP.log) call?.log.add(payload);
    else if (call !== null && call !== void 0) {
      if (op === OP.instanceMade) call.madeInstance = true;
      else if (op === OP.stream) this.#startStream(call);
      else if (op === OP.progress) call.say(payload);
      else if (op === OP.signal) call.hasSignal = true;
      else if (op === OP.chunk) return this.#takeChunk(call, payload);
      else this.#hearEnding(call, op, payload);
    }
    return "";
  }
  #hearEnding(call, op, payload) {
    const ending = readEnding(op, payload, call.limits, call.stream);
    if (ending !== null) this.#answered(call, ending);
  }
  /** Only a call that goes on has something to wait for. */
  #askRemote(id, payload) {
    const call = this.#calls.get(id);
    return call === void 0 || call.isEnding ? "" : this.#options.remote.ask(call, payload);
  }
  /** The answer may come in an entry of another call, which then pays for it. */
  #answered(call, ending) {
    if (this.#options.turns.runningCall === call) call.answer(ending);
    else call.end(ending);
  }
  async #checkHeap() {
    try {
      const { used_heap_size: usedBytes } = await this.#options.slot.isolate.getHeapStatistics();
      if (usedBytes > MAX_HEAP_SHARE * this.#options.memoryMb * BYTES_PER_MB) this.#wear("heap");
    } catch {
    }
  }
};

// src/executor/warm-isolates.ts
var WARMTH = { idleMs: 6e4, isolatesMax: 32 };
var LOOKS_PER_IDLE_TIME = 4;
var WarmIsolates = class {
  #warmth;
  #isolates = /* @__PURE__ */ new Map();
  #timer;
  constructor(warmth) {
    this.#warmth = warmth;
  }
  /** The module's isolate, if it has one that takes calls. */
  get(hash2) {
    const found = this.#isolates.get(hash2);
    return found === void 0 || found.isRetired ? null : found;
  }
  add(hash2, isolate) {
    this.#isolates.delete(hash2);
    this.#forgetRetired();
    if (this.#isolates.size >= this.#warmth.isolatesMax) this.#idleLongest()?.retire("idle");
    this.#isolates.set(hash2, isolate);
    this.#timer ??= setInterval(() => this.#look(), this.#warmth.idleMs / LOOKS_PER_IDLE_TIME);
    this.#timer.unref();
  }
  #look() {
    const latest = performance.now() - this.#warmth.idleMs;
    for (const isolate of this.#isolates.values()) {
      if (isolate.idleSince !== null && isolate.idleSince <= latest) isolate.retire("idle");
    }
    this.#forgetRetired();
    if (this.#isolates.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = void 0;
  }
  /** None when all of them have calls: then there are more for a while. */
  #idleLongest() {
    let longest = null;
    for (const isolate of this.#isolates.values()) {
      const since = isolate.idleSince;
      if (since !== null && since < (longest?.idleSince ?? Number.POSITIVE_INFINITY)) longest = isolate;
    }
    return longest;
  }
  #forgetRetired() {
    for (const [hash2, isolate] of this.#isolates) if (isolate.isRetired) this.#isolates.delete(hash2);
  }
};

// src/executor/module-host.ts
var ZOMBIE_MS = 150;
var POLL_MS = 10;
var CANCEL_GRACE_MS = 300;
var ALONE_GRACE_MS = 50;
var LISTENERS_MS = 100;
var UNKNOWN_MODULE = { code: "INTERNAL", message: "The module was never sent to the executor." };
var INSTANCE_ENDED = { code: "INSTANCE_LOST", message: "The instance has ended." };
var ModuleHost = class {
  #options;
  #sources = /* @__PURE__ */ new Map();
  #isolates;
  /** Those that hold an instance: they end when the front process says so, or when they break a limit. */
  #instances = /* @__PURE__ */ new Map();
  #calls = /* @__PURE__ */ new Map();
  #turns = new EntryTurns((call, usedMs) => this.#stop(call, () => call.failCpu(usedMs)));
  #remote;
  #lastId = 0;
  /** Whether an isolate was taken away from an entry that has not come back yet. */
  #isClearing = false;
  constructor(options2) {
    this.#options = options2;
    this.#isolates = new WarmIsolates(options2.warmth);
    this.#remote = new RemoteRequests(options2.onRemote);
  }
  get isIdle() {
    return this.#calls.size === 0 && this.#turns.running === null;
  }
  load(message, code, cache) {
    const bytes2 = Buffer.from(cache, "base64");
    this.#sources.set(message.hash, { message, code, cache: bytes2.length === 0 ? null : copyCache(bytes2) });
  }
  /** Ends an instance that has no call. One that has ended by itself is gone already. */
  drop(hash2) {
    this.#instances.get(hash2)?.retire("dropped");
  }
  call(message, input) {
    const call = new ModuleCall({
      id: ++this.#lastId,
      message,
      input,
      onWallLimit: (late) => this.#stop(late, () => late.failWall()),
      onOverrun: (busy) => this.#stop(busy, () => busy.entryIsOver()),
      onEnd: (ended, ending) => this.#ended(ended, ending)
    });
    const { taskId: taskId2, tellsProgress } = message;
    if (tellsProgress === true) call.progress = new CallProgress((value) => this.#options.onProgress(taskId2, value));
    this.#start(call);
  }
  /** For a call that has ended it comes too late. */
  answerRemote({ taskId: taskId2, requestId, shape }, text) {
    const waiting = this.#calls.get(taskId2);
    waiting?.isolate.answerRemote(waiting.call, requestId, shape, text);
  }
  cancel(taskId2) {
    const running = this.#calls.get(taskId2);
    if (running === void 0) return;
    const { call, isolate } = running;
    if (isolate.isLoadedBy(call)) {
      const timer = setTimeout(() => this.#stop(call, () => call.fail(CANCELLED), false), CANCEL_GRACE_MS);
      void isolate.loaded.finally(() => clearTimeout(timer)).then(() => this.cancel(taskId2));
    } else if (call.beginCancel()) {
      isolate.askToEnd(call);
      setTimeout(() => this.#cancelNow(call, isolate), this.#options.graceMs ?? ABORT_GRACE_MS);
    } else this.#cancelNow(call, isolate);
  }
  /** Whoever only goes away does not take along what the others of the isolate run. */
  #cancelNow(call, isolate) {
    if (call.isOver) return;
    if (this.#turns.runningCall !== call) {
      this.#stop(call, () => call.fail(CANCELLED), false);
      return;
    }
    if (call.isAborting) {
      this.#isClearing = true;
      call.fail(CANCELLED);
      this.#awaitEnd(LISTENERS_MS, () => isolate.stop(call, false));
    } else call.answer({ failure: CANCELLED }, isolate.isNeededBeside(call) ? CANCEL_GRACE_MS : ALONE_GRACE_MS);
    isolate.forget(call);
  }
  /** The last that the call said of itself has been taken. */
  progressTaken(taskId2) {
    this.#calls.get(taskId2)?.call.progress?.taken();
  }
  /** So many chunks of its stream have been taken. */
  pull(taskId2, chunks) {
    this.#calls.get(taskId2)?.call.stream?.grant(chunks);
  }
  /** V8 cannot go on with the isolate that runs now. */
  outOfMemory() {
    const call = this.#turns.runningCall;
    if (call !== null) this.#stop(call, () => call.failMemory());
  }
  #start(call) {
    const { taskId: taskId2, isInstance: isOfInstance } = call.message;
    const isolate = this.#isolateOf(call);
    if (isolate === null) {
      call.fail(isOfInstance === true ? INSTANCE_ENDED : UNKNOWN_MODULE);
      return;
    }
    this.#calls.set(taskId2, { call, isolate });
    void isolate.start(call);
  }
  #isolateOf({ message: { hash: hash2, format } }) {
    const known = this.#instances.get(hash2) ?? this.#isolates.get(hash2);
    if (known !== null) return known;
    const source = this.#sources.get(hash2);
    if (source === void 0) return null;
    const { mayEnterNow, takeIsolate, onChunk, onCache, onRetired } = this.#options;
    const keepsInstance = isInstance(source);
    const { memoryMb = this.#options.memoryMb } = source.message;
    const made = new WarmIsolate({
      source,
      slot: takeIsolate(memoryMb, keepsInstance ? format : "json"),
      memoryMb,
      turns: this.#turns,
      // What keeps this thread can be stopped by the end of the process only, which other instances live in.
      mayEnterNow: () => mayEnterNow && !keepsInstance && this.#calls.size === 1,
      onChunk: (call, chunk) => onChunk(call.message.taskId, chunk),
      remote: this.#remote,
      onCache: (cache) => onCache(hash2, cache),
      onRetired: (reason) => {
        this.#instances.delete(hash2);
        onRetired(hash2, reason);
      },
      onStopped: () => this.#awaitEnd(),
      onStuck: () => this.#options.onZombie(),
      onUnbegun: (call) => this.#start(call)
    });
    if (keepsInstance) {
      this.#sources.delete(hash2);
      this.#instances.set(hash2, made);
    } else this.#isolates.add(hash2, made);
    return made;
  }
  /** Ends the call; what it was doing goes with its isolate, and a broken limit retires that in any case. */
  #stop(call, end, isLimit = true) {
    const running = this.#calls.get(call.message.taskId);
    if (running === void 0 || call.isOver) return;
    const isRunning = this.#turns.runningCall === call;
    this.#isClearing ||= isRunning;
    end();
    running.isolate.stop(call, isLimit);
    if (isLimit && (call.hasBegun || call.message.isInstance !== true)) running.isolate.retire("limit");
    if (isRunning) this.#awaitEnd();
  }
  #ended(call, ending) {
    const { taskId: taskId2 } = call.message;
    const isolate = this.#calls.get(taskId2)?.isolate;
    this.#calls.delete(taskId2);
    this.#options.onSettled(taskId2, {
      isFree: !this.#isClearing,
      // A source that is no program is told as one of which nothing ran.
      ran: !("failure" in ending && ending.failure.code === "COMPILE_FAILED"),
      log: call.log.text,
      value: "value" in ending ? ending.value : null,
      ..."chunks" in ending ? { chunks: ending.chunks } : {},
      failure: "failure" in ending ? ending.failure : null,
      ...call.madeInstance ? { madeInstance: true } : {},
      cpuMs: call.usedCpuMs,
      wallMs: call.wallMs,
      phases: call.phases
    });
    isolate?.ended(call);
  }
  /**
   * Waits for the end of an entry. Usually its isolate is gone, and the process is given up when it does not come.
   * @param giveUp done in its place after so many milliseconds.
   */
  #awaitEnd(patienceMs = ZOMBIE_MS, giveUp = this.#options.onZombie) {
    const stopped = this.#turns.running;
    if (stopped === null) {
      this.#freed();
      return;
    }
    const startedAt = performance.now();
    const poll = setInterval(() => {
      if (this.#turns.running !== stopped) this.#freed();
      else if (performance.now() - startedAt >= patienceMs) giveUp();
      else return;
      clearInterval(poll);
    }, POLL_MS);
  }
  #freed() {
    if (!this.#isClearing) return;
    this.#isClearing = false;
    this.#options.onFree();
  }
};

// src/executor/crypto/crypto-lane.ts
var CryptoLane = class {
  #options;
  #room = new CryptoRoom();
  #last = Promise.resolve();
  constructor(options2) {
    this.#options = options2;
  }
  /** What the guest program is told. */
  ask(payload) {
    if (!this.#room.take(payload)) return "";
    this.#options.onBegin();
    this.#last = this.#last.then(async () => this.#run(payload));
    return CRYPTO_ACCEPTED;
  }
  async #run(payload) {
    const { isOver, onAnswer, onDone } = this.#options;
    const answer2 = isOver() ? null : await runCryptoOperation(payload);
    this.#room.leave(payload);
    if (answer2 !== null) onAnswer(answer2);
    onDone();
  }
};

// src/executor/task-run.ts
var CPU_POLL_MS2 = 20;
var FINISH_MS2 = 5;
var ZOMBIE_MS2 = 150;
var TaskRun = class {
  #options;
  #startedAt = performance.now();
  #processorTime = new ProcessorTime();
  #wallTimer;
  #cpuTimer;
  #guestTimer = new GuestTimer(() => this.#enter(KIND.timer, ""));
  #crypto = new CryptoLane({
    isOver: () => this.#ending !== null,
    onBegin: () => this.#operationBegins(),
    onAnswer: (answer2) => this.#enter(KIND.cryptoAnswer, answer2),
    onDone: () => this.#operationDone()
  });
  #phases = {};
  #phase = "isolateMs";
  #phaseStartedAt = this.#startedAt;
  #slot = null;
  #operations = 0;
  #ending = null;
  /** What the call said before the evaluation was known to have succeeded. */
  #heldAnswer = null;
  #holdsAnswer = true;
  #isLoadingModule = false;
  /** Once the function has returned an iterator. */
  #stream = null;
  #progress;
  /** Whether its code has asked for its signal. */
  #hasSignal = false;
  /** Whether its code wants to know of rejections that nothing handles. */
  #hearsRejections = false;
  /** It ends as cancelled, whatever its code does in the moment that it has. */
  #isCancelled = false;
  #isSettled = false;
  #ran = true;
  #log;
  #onModuleReady = null;
  constructor(options2) {
    this.#options = options2;
    this.#log = new TaskLog(this.#limits.logBytes);
    this.#progress = options2.message.tellsProgress === true ? new CallProgress(options2.onProgress) : null;
    this.#wallTimer = setTimeout(() => this.#stop(wallFailure(this.#limits)), this.#limits.wallMs);
  }
  get #limits() {
    return this.#options.message.limits;
  }
  /** Runs the task; resolves when nothing of it is left to do. Never rejects. */
  async run() {
    try {
      this.#slot = this.#options.takeIsolate(this.#limits.memoryMb);
      await this.#load(this.#slot);
    } catch (error) {
      this.#operationFailed(error, true);
    }
  }
  /** So many chunks of its stream have been taken. */
  pull(chunks) {
    this.#stream?.grant(chunks);
  }
  /** The last that it said of itself has been taken. */
  progressTaken() {
    this.#progress?.taken();
  }
  /** Code that holds its signal, or an iterator, has a moment to end by itself. */
  cancel() {
    if (this.#ending !== null || this.#isCancelled) return;
    if (!this.#hasSignal && this.#stream === null) {
      this.#stop(CANCELLED);
      return;
    }
    this.#isCancelled = true;
    setTimeout(() => this.#stop(CANCELLED), this.#options.graceMs ?? ABORT_GRACE_MS);
    this.#enter(KIND.cancel, "");
  }
  /** V8 gave up on the isolate, or on the process, while this task was the only one. */
  outOfMemory() {
    this.#stop(memoryFailure(this.#limits));
  }
  /**
   * Nearly all sources are scripts: evaluation and call are queued together, so that the pool thread goes from one to the
   * other without waiting for this thread. What the call answers counts once the evaluation is known to have succeeded.
   */
  async #load(slot) {
    const { code, message } = this.#options;
    slot.onSend = (op, id, payload) => this.#hear(op, id, payload);
    this.#beginPhase("evaluateMs");
    if (this.#limits.logBytes !== slot.logBytes) this.#enter(KIND.configure, "", this.#limits.logBytes);
    const evaluated = evaluateScript(code, message.fileName, slot, this.#remainingMs());
    this.#enterCall();
    try {
      await this.#track(evaluated);
    } catch (error) {
      if (this.#ending === null && isCompileError(error)) return this.#loadModule(slot, error);
      throw error;
    }
    this.#takeAnswer();
  }
  /** The source is a module, or no program at all, or a script that threw a SyntaxError when it ran. */
  async #loadModule(slot, scriptError) {
    const source = { ...this.#options.message, code: this.#options.code };
    this.#beginPhase("compileMs");
    const compiled = await this.#track(compileSource(slot.isolate, source));
    this.#heldAnswer = null;
    this.#stream = null;
    if (this.#ending !== null) return;
    if (compiled.kind === "script") throw scriptError;
    if (compiled.kind === "failed") {
      this.#ran = false;
      return this.#end({ failure: compiled.failure });
    }
    this.#beginPhase("evaluateMs");
    this.#holdsAnswer = false;
    const ready = new Promise((resolve) => this.#onModuleReady = resolve);
    this.#isLoadingModule = true;
    await this.#track(evaluateModule(compiled.module, slot, () => this.#remainingMs()));
    await ready;
    this.#isLoadingModule = false;
    this.#beginPhase("callMs");
    this.#enterCall();
  }
  #takeAnswer() {
    this.#holdsAnswer = false;
    if (this.#ending !== null) return;
    this.#beginPhase("callMs");
    if (this.#heldAnswer !== null) this.#end(this.#heldAnswer);
    else this.#stream?.grant(0);
  }
  #enterCall() {
    this.#enter(KIND.call, `${writeCallHeader(this.#options.message)}
${this.#options.input}`);
  }
  /** Enters the guest. What the entry function rejects with is never its answer: only limits and stray rejections. */
  #enter(kind, payload, id = 0) {
    const slot = this.#slot;
    if (slot === null || this.#ending !== null) return;
    this.#operationBegins();
    slot.enter(kind, id, payload, this.#remainingMs()).catch((error) => this.#operationFailed(error, this.#isLoadingModule)).finally(() => this.#operationDone());
  }
  #remainingMs() {
    return Math.max(1, Math.ceil(this.#limits.wallMs - (performance.now() - this.#startedAt)));
  }
  async #track(operation) {
    this.#operationBegins();
    try {
      return await operation;
    } finally {
      this.#operationDone();
    }
  }
  #operationBegins() {
    this.#operations++;
    if (this.#operations > 1) return;
    this.#processorTime.start();
    this.#cpuTimer = setInterval(() => this.#checkCpu(), CPU_POLL_MS2);
  }
  #operationDone() {
    this.#operations--;
    if (this.#operations > 0) return;
    this.#processorTime.stop();
    clearInterval(this.#cpuTimer);
    if (this.#ending === null) this.#checkCpu();
    else if (this.#isSettled) this.#options.onFree(null);
    else this.#settle();
  }
  #hear(op, id, payload) {
    if (this.#ending !== null) return "";
    if (op === OP.log) this.#log.add(payload);
    else if (op === OP.armTimer) this.#guestTimer.arm(id);
    else if (op === OP.moduleReady) this.#onModuleReady?.();
    else if (op === OP.stream) this.#startStream();
    else if (op === OP.chunk) return this.#takeChunk(payload);
    else if (op === OP.progress) this.#saysProgress(payload);
    else if (op === OP.signal) this.#hasSignal = true;
    else if (op === OP.crypto) return this.#crypto.ask(payload);
    else if (op === OP.hearsRejections) this.#hearsRejections = true;
    else {
      const ending = readEnding(op, payload, this.#limits, this.#stream);
      if (ending !== null) this.#answer(ending);
    }
    return "";
  }
  /** Nothing of it is asked for before the evaluation is known to have succeeded. */
  #startStream() {
    const { message, onChunk } = this.#options;
    if (this.#stream !== null || message.mayStream !== true) return;
    this.#stream = new CallStream({
      limits: this.#limits,
      pull: (maxBytes) => this.#enter(KIND.pull, String(maxBytes)),
      send: onChunk,
      mayGoOn: () => true
    });
    if (!this.#holdsAnswer) this.#stream.grant(0);
  }
  /** What the guest program is told. */
  #takeChunk(chunk) {
    const taken = this.#isCancelled ? null : this.#stream?.take(chunk) ?? null;
    if (typeof taken === "number") return String(taken);
    if (taken !== null) this.#end({ failure: taken });
    return "";
  }
  #saysProgress(value) {
    if (!this.#isCancelled) this.#progress?.say(value);
  }
  #answer(ending) {
    if (this.#holdsAnswer) this.#heldAnswer ??= ending;
    else this.#end(ending);
  }
  #operationFailed(error, isLoading) {
    if (this.#ending !== null) {
      if (!this.#isSettled && this.#slot?.isolate.isDisposed === false) this.#log.add(describeStray(error));
    } else if (this.#slot === null) this.#options.onZombie();
    else if (this.#slot.isolate.isDisposed) this.#stop(memoryFailure(this.#limits));
    else if (this.#remainingMs() <= 1) this.#stop(wallFailure(this.#limits));
    else if (isLoading) this.#end({ failure: thrownFailure(error) });
    else if (this.#hearsRejections) this.#enter(KIND.rejection, writeRejection(error));
    else this.#log.add(describeStray(error));
  }
  #checkCpu() {
    const { usedMs } = this.#processorTime;
    if (usedMs >= this.#limits.cpuMs) this.#stop(cpuFailure(this.#limits, usedMs));
  }
  /** The guest is done: what is already running may come to its end, for a moment. */
  #end(ending) {
    this.#ending = this.#isCancelled ? { failure: CANCELLED } : ending;
    this.#stopClocks();
    if (this.#operations === 0) this.#settle();
    else setTimeout(() => this.#settle(), FINISH_MS2);
  }
  /** The guest is stopped: its isolate is taken away at once. */
  #stop(failure2) {
    if (this.#ending !== null) return;
    this.#ending = { failure: this.#isCancelled ? CANCELLED : failure2 };
    this.#stopClocks();
    this.#settle();
  }
  #stopClocks() {
    clearTimeout(this.#wallTimer);
    clearInterval(this.#cpuTimer);
    this.#guestTimer.arm(-1);
  }
  #settle() {
    if (this.#isSettled || this.#ending === null) return;
    this.#isSettled = true;
    this.#beginPhase("callMs");
    const isFree = this.#operations === 0;
    if (this.#slot !== null && !isFree) disposeSlot(this.#slot, false);
    this.#options.onSettled({
      isFree,
      ran: this.#ran,
      log: this.#log.text,
      value: "value" in this.#ending ? this.#ending.value : null,
      ..."chunks" in this.#ending ? { chunks: this.#ending.chunks } : {},
      failure: "failure" in this.#ending ? this.#ending.failure : null,
      cpuMs: this.#processorTime.usedMs,
      wallMs: performance.now() - this.#startedAt,
      phases: this.#phases
    });
    if (isFree) {
      this.#options.onFree(this.#slot);
    } else setTimeout(() => this.#operations > 0 && this.#options.onZombie(), ZOMBIE_MS2);
  }
  /** Books the time since the last call on the phase that ends now. */
  #beginPhase(next) {
    const now = performance.now();
    this.#phases[this.#phase] = now - this.#phaseStartedAt;
    this.#phase = next;
    this.#phaseStartedAt = now;
  }
};

// src/executor/executor.ts
var SELF_KILL_MS = 500;
var IsolateExecutor = class {
  #options;
  #isolates;
  #garbage = new GarbageCollection();
  #current = null;
  #modules;
  #isDoomed = false;
  #owesIdle = false;
  /** Isolates that tasks are done with. */
  #used = [];
  constructor(options2) {
    this.#options = options2;
    this.#isolates = new IsolatePool({
      ...options2,
      onCatastrophe: (reason) => {
        if (reason.includes("memory")) {
          this.#current?.run.outOfMemory();
          this.#modules.outOfMemory();
        }
        this.#doom(reason.includes("memory") ? "V8 ran out of memory" : "a thread does not stop");
      },
      onFailure: (error) => {
        process.stderr.write(`${String(error)}
`);
        this.#doom("an isolate cannot be made");
      }
    });
    this.#modules = this.#createModuleHost();
  }
  /** Makes the first isolates; the executor is ready when it resolves. */
  async prepare() {
    await this.#isolates.resume();
  }
  announceReady(confinement) {
    this.#send({ type: "ready", confinement: [...confinement] });
  }
  handle(frame) {
    const message = frame.header;
    switch (message.type) {
      case "run":
        this.#run(message, frame.parts);
        break;
      case "load":
        this.#modules.load(message, frame.parts[0] ?? "", frame.parts[1] ?? "");
        break;
      case "call":
        this.#isolates.pause();
        this.#modules.call(message, frame.parts[0] ?? "");
        break;
      case "drop":
        this.#modules.drop(message.hash);
        break;
      case "remoteAnswer":
        this.#modules.answerRemote(message, frame.parts[0] ?? "");
        break;
      case "cancel":
        if (this.#current?.id === message.taskId) this.#current.run.cancel();
        else this.#modules.cancel(message.taskId);
        break;
      case "pull":
        if (this.#current?.id === message.taskId) this.#current.run.pull(message.chunks);
        else this.#modules.pull(message.taskId, message.chunks);
        break;
      case "progressTaken":
        if (this.#current?.id === message.taskId) this.#current.run.progressTaken();
        else this.#modules.progressTaken(message.taskId);
        break;
      case "ping":
        this.#send({ type: "pong", sequence: message.sequence });
        break;
      default:
        message;
    }
  }
  #createModuleHost() {
    const { memoryMb, mayEnterNow } = this.#options;
    return new ModuleHost({
      memoryMb,
      mayEnterNow,
      warmth: WARMTH,
      takeIsolate: (isolateMb, format) => {
        this.#garbage.taskStarts();
        return this.#isolates.take(isolateMb, format);
      },
      onSettled: (taskId2, settled) => {
        this.#settled(taskId2, settled);
        this.#rest();
      },
      onChunk: (taskId2, chunk) => this.#sendEvent("chunk", taskId2, chunk),
      onProgress: (taskId2, value) => this.#sendEvent("progress", taskId2, value),
      onFree: () => {
        if (!this.#isDoomed) this.#send({ type: "idle" });
      },
      onZombie: () => this.#doom("a thread does not stop"),
      onCache: (hash2, cache) => this.#options.write(encodeFrame({ type: "codeCache", hash: hash2 }, [Buffer.from(cache).toString("base64")])),
      onRetired: (hash2, reason) => this.#send({ type: "retired", hash: hash2, reason }),
      onRemote: (message, argumentsText) => this.#options.write(encodeFrame(message, [argumentsText]))
    });
  }
  #run(message, [code = "", input = ""]) {
    this.#isolates.pause();
    this.#garbage.taskStarts();
    const run2 = new TaskRun({
      message,
      code,
      input,
      takeIsolate: (memoryMb) => this.#isolates.take(memoryMb, message.format),
      onChunk: (chunk) => this.#sendEvent("chunk", message.taskId, chunk),
      onProgress: (value) => this.#sendEvent("progress", message.taskId, value),
      onSettled: (settled) => this.#settled(message.taskId, settled),
      onFree: (used) => this.#freed(used),
      onZombie: () => this.#doom("a thread does not stop")
    });
    this.#current = { id: message.taskId, run: run2 };
    void run2.run();
  }
  #sendEvent(type, taskId2, value) {
    this.#options.write(encodeFrame({ type, taskId: taskId2 }, [value.toWellFormed()]));
  }
  #settled(taskId2, { log, value, ...rest }) {
    this.#owesIdle = !rest.isFree;
    const parts = value === null ? [log.toWellFormed()] : [log.toWellFormed(), value.toWellFormed()];
    this.#options.write(encodeFrame({ type: "settled", taskId: taskId2, ok: value !== null, ...rest }, parts));
  }
  #freed(used) {
    this.#current = null;
    if (used !== null) this.#used.push(used);
    if (this.#owesIdle && !this.#isDoomed) this.#send({ type: "idle" });
    this.#owesIdle = false;
    this.#rest();
  }
  /** The answer leaves first: old isolates and new ones wait for the next turn of the event loop. */
  #rest() {
    setImmediate(() => {
      this.#disposeUsed();
      if (this.#current !== null || this.#isDoomed || !this.#modules.isIdle) return;
      this.#garbage.taskIsOver();
      void this.#isolates.resume();
    });
  }
  /** On this thread: to have a pool thread do it costs as much again, and a second core that the next answer needs. */
  #disposeUsed() {
    for (const slot of this.#used) disposeSlot(slot, false);
    this.#used = [];
  }
  #doom(reason) {
    if (this.#isDoomed) return;
    this.#isDoomed = true;
    this.#send({ type: "doomed", reason });
    setTimeout(() => process.kill(process.pid, "SIGKILL"), SELF_KILL_MS);
  }
  #send(message) {
    this.#options.write(encodeFrame(message));
  }
};

// src/executor/load-snapshot.ts
var import_node_fs2 = require("node:fs");

// src/executor/snapshot-checksum.ts
var OFFSET_BASIS = 2166136261;
var PRIME = 16777619;
var BYTES_PER_WORD = 4;
function snapshotChecksum(blob) {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const end = blob.byteLength - blob.byteLength % BYTES_PER_WORD;
  let hash2 = OFFSET_BASIS;
  for (let at = 0; at < end; at += BYTES_PER_WORD) hash2 = Math.imul(hash2 ^ view.getUint32(at), PRIME);
  for (let at = end; at < blob.byteLength; at++) hash2 = Math.imul(hash2 ^ view.getUint8(at), PRIME);
  return [hash2 >>> 0, blob.byteLength].map((word) => word.toString(16).padStart(8, "0")).join("");
}

// src/executor/load-snapshot.ts
var LINE_FEED = 10;
function loadSnapshot(path) {
  const file = (0, import_node_fs2.readFileSync)(path);
  const lineEnd = file.indexOf(LINE_FEED);
  const header = JSON.parse(file.toString("utf8", 0, lineEnd));
  const blobAt = lineEnd + 1 + Number(header["tableBytes"]);
  const blob = file.subarray(blobAt);
  const found = { v8: process.versions.v8, arch: process.arch, checksum: snapshotChecksum(blob) };
  for (const [name, value] of Object.entries(found)) {
    if (header[name] !== value) throw new Error(`snapshot ${path}: ${name} is ${String(header[name])}, not ${value}`);
  }
  provideLegacyTables(file.toString("latin1", lineEnd + 1, blobAt));
  const bytes2 = new Uint8Array(blob);
  return new ivm.ExternalCopy(bytes2.buffer);
}

// src/executor/main.ts
var SOCKET_FD = 3;
var options = readExecutorArguments(process.argv);
var die = () => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable: the process has been killed");
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => void 0);
}
if (options.guestStackKb !== null) (0, import_node_v82.setFlagsFromString)(`--stack-size=${options.guestStackKb}`);
var socket = new import_node_net.Socket({ fd: SOCKET_FD, readable: true, writable: true });
var executor = new IsolateExecutor({
  memoryMb: options.memoryMb,
  logBytes: options.logBytes,
  ready: options.isolatesReady,
  guestWasm: options.guestWasm,
  mayEnterNow: options.guestStackKb !== null,
  snapshot: loadSnapshot(options.snapshotPath),
  write: (frame) => socket.write(frame)
});
var reader = new FrameReader(() => options.maxFrameBytes);
socket.on("data", (chunk) => {
  for (const frame of reader.push(chunk)) executor.handle(frame);
});
socket.on("close", die);
socket.on("error", die);
closeInheritedFiles();
var { confinement: level, uid, strict } = options;
var state = confineSelf({ level, uid, gid: uid, strict, dropPermissions: true });
void executor.prepare().then(() => executor.announceReady(describeConfinement(state)));
