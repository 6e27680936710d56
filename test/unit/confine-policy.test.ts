// The system call filter, run by an interpreter of the few BPF instructions that it uses.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Instruction } from '../../src/executor/confine/bpf.ts'
import { ALLOW, KILL_PROCESS, assemble, failWith, programBytes } from '../../src/executor/confine/bpf.ts'
import type { Architecture, SystemCall } from '../../src/executor/confine/syscall-numbers.ts'
import { SYSTEM_CALLS, systemCallNumber } from '../../src/executor/confine/syscall-numbers.ts'
import { executorPolicy } from '../../src/executor/confine/system-call-policy.ts'

const PID = 4_242
const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const
const DENIED = failWith(1)
const LONGEST_PROGRAM = 4_096

interface Seen {
  readonly number: number
  readonly audit: number
  readonly args: readonly number[]
}

/** Runs a program as the kernel would, and fails on a jump out of it. */
function run(program: readonly Instruction[], seen: Seen): number {
  let accumulator = 0
  for (let at = 0; at < program.length;) {
    const instruction = program[at]
    if (instruction === undefined) break
    at += 1
    const { code, operand } = instruction
    if (code === 0x06) return operand
    if (code === 0x20) accumulator = load(seen, operand)
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0
    else if (code === 0x15) at += accumulator === operand ? instruction.ifTrue : instruction.ifFalse
    else throw new Error(`unknown instruction ${code}`)
  }
  throw new Error('the program runs out of its end')
}

function load(seen: Seen, offset: number): number {
  if (offset === 0) return seen.number
  if (offset === 4) return seen.audit
  if ((offset - 16) % 8 !== 0) throw new Error(`not the low half of an argument: ${offset}`)
  return (seen.args[(offset - 16) / 8] ?? 0) >>> 0
}

describe.each(['x64', 'arm64'] as const)(
  'the system call filter of an executor on %s',
  (architecture: Architecture) => {
    const program = executorPolicy(architecture, PID)
    const verdict = (call: SystemCall, ...args: readonly number[]): number => {
      const number = systemCallNumber(call, architecture)
      return number === null ? DENIED : run(program, { number, audit: AUDIT[architecture], args })
    }

    it('lets a process compute, allocate, wait and use its open descriptors', () => {
      for (const call of ['read', 'write', 'mmap', 'mprotect', 'futex', 'epoll_pwait', 'exit_group'] as const) {
        expect(verdict(call), call).toBe(ALLOW)
      }
    })

    it('refuses files, sockets, programs, tracing, namespaces, new users and io_uring', () => {
      const refused = [
        'openat',
        'open',
        'socket',
        'connect',
        'socketpair',
        'execve',
        'ptrace',
        'process_vm_readv',
      ] as const
      const more = ['unshare', 'setuid', 'seccomp', 'io_uring_setup', 'memfd_create', 'pidfd_open', 'sendmsg'] as const
      for (const call of [...refused, ...more]) expect(verdict(call, 0, 0, 0), call).toBe(DENIED)
    })

    it('says that clone3 does not exist, so that the C library uses clone', () => {
      expect(verdict('clone3')).toBe(failWith(38))
    })

    it('lets a process start threads but not processes or namespaces', () => {
      const threadFlags = 0x003d_0f00
      expect(verdict('clone', threadFlags)).toBe(ALLOW)
      expect(verdict('clone', 17)).toBe(DENIED)
      expect(verdict('clone', threadFlags | 0x1000_0000)).toBe(DENIED)
    })

    it('lets a process signal itself and nobody else', () => {
      fc.assert(
        fc.property(fc.integer(), fc.constantFrom('kill', 'tgkill'), (pid, call) => {
          expect(verdict(call, pid, 9)).toBe(pid === PID ? ALLOW : DENIED)
        }),
        {
          examples: [
            [PID, 'kill'],
            [PID, 'tgkill'],
            [0, 'kill'],
            [-1, 'kill'],
            [-PID, 'kill'],
            [1, 'tgkill'],
          ],
        },
      )
    })

    it('does not let a descriptor send signals, a limit of another process change, or privileges be asked for', () => {
      expect(verdict('fcntl', 3, 8, 1)).toBe(DENIED)
      expect(verdict('fcntl', 3, 4, 0)).toBe(ALLOW)
      expect(verdict('ioctl', 0, 0x5412)).toBe(DENIED)
      expect(verdict('prlimit64', 1, 7)).toBe(DENIED)
      expect(verdict('prctl', 38, 0)).toBe(DENIED)
      expect(verdict('prctl', 15, 0)).toBe(ALLOW)
    })

    it('refuses every number that it does not name, whatever the arguments', () => {
      const named = new Set(SYSTEM_CALLS.map((call) => systemCallNumber(call, architecture)))
      const number = fc.nat({ max: 0xffff_ffff }).filter((candidate) => !named.has(candidate))
      fc.assert(
        fc.property(number, fc.array(fc.integer(), { maxLength: 6 }), (unnamed, args) => {
          expect(run(program, { number: unnamed, audit: AUDIT[architecture], args })).toBe(DENIED)
        }),
      )
    })

    it('kills a process that makes calls of another architecture', () => {
      expect(run(program, { number: 0, audit: 0x4000_0003, args: [] })).toBe(KILL_PROCESS)
    })

    it('is short enough for the kernel and has every jump inside', () => {
      expect(program.length).toBeLessThan(LONGEST_PROGRAM)
      program.forEach((instruction, index) => {
        expect(index + 1 + Math.max(instruction.ifTrue, instruction.ifFalse)).toBeLessThanOrEqual(program.length)
        expect(Math.max(instruction.ifTrue, instruction.ifFalse)).toBeLessThan(256)
      })
    })
  },
)

describe('the assembler', () => {
  it('writes each instruction as the eight bytes of struct sock_filter', () => {
    const program = [
      { code: 0x15, ifTrue: 1, ifFalse: 2, operand: 0xc000_003e },
      { code: 0x06, ifTrue: 0, ifFalse: 0, operand: ALLOW },
    ]
    const memory = new Uint8Array(new ArrayBuffer(programBytes(program)))
    assemble(program, memory)
    expect([...memory]).toEqual([0x15, 0, 1, 2, 0x3e, 0, 0, 0xc0, 0x06, 0, 0, 0, 0, 0, 0xff, 0x7f])
  })
})
