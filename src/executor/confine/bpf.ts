// An assembler for the classic BPF programs that seccomp runs before each system call.
// Layout of what a program sees, `struct seccomp_data`: number, architecture, instruction pointer, six 64-bit arguments.

export interface Instruction {
  readonly code: number
  /** How many instructions to skip when a comparison holds, and when it does not. */
  readonly ifTrue: number
  readonly ifFalse: number
  readonly operand: number
}

const LOAD_WORD = 0x20
const AND = 0x54
const JUMP_IF_EQUAL = 0x15
const RETURN = 0x06

const NUMBER_OFFSET = 0
const ARCHITECTURE_OFFSET = 4
const ARGUMENTS_OFFSET = 16
const ARGUMENT_BYTES = 8
const INSTRUCTION_BYTES = 8

export const ALLOW = 0x7fff_0000
export const KILL_PROCESS = 0x8000_0000
const FAIL_WITH_ERRNO = 0x0005_0000

/** The answer that lets a system call fail with an error number, without running it. */
export function failWith(errno: number): number {
  return FAIL_WITH_ERRNO | errno
}

export function loadNumber(): Instruction {
  return load(NUMBER_OFFSET)
}

export function loadArchitecture(): Instruction {
  return load(ARCHITECTURE_OFFSET)
}

/** The low 32 bits of an argument, on a little-endian processor. */
export function loadArgument(index: number): Instruction {
  return load(ARGUMENTS_OFFSET + index * ARGUMENT_BYTES)
}

export function andWith(mask: number): Instruction {
  return { code: AND, ifTrue: 0, ifFalse: 0, operand: mask }
}

export function jumpIfEqual(operand: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: JUMP_IF_EQUAL, ifTrue, ifFalse, operand }
}

export function answer(action: number): Instruction {
  return { code: RETURN, ifTrue: 0, ifFalse: 0, operand: action }
}

/** The program as the kernel reads it: `struct sock_filter`, eight bytes each. */
export function assemble(program: readonly Instruction[], memory: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  program.forEach((instruction, index) => {
    const offset = index * INSTRUCTION_BYTES
    view.setUint16(offset, instruction.code, true)
    view.setUint8(offset + 2, instruction.ifTrue)
    view.setUint8(offset + 3, instruction.ifFalse)
    view.setUint32(offset + 4, instruction.operand, true)
  })
}

export function programBytes(program: readonly Instruction[]): number {
  return program.length * INSTRUCTION_BYTES
}

function load(offset: number): Instruction {
  return { code: LOAD_WORD, ifTrue: 0, ifFalse: 0, operand: offset }
}
