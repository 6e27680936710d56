// The raw system call, borrowed from the C library through node:ffi: all that confinement needs of native code.
import type * as ForeignFunctions from 'node:ffi'

/** What a system call takes: numbers as they are, bytes as their address, null as address zero. */
export type NativeArgument = number | bigint | Uint8Array | null

export interface Native {
  /** The kernel's answer: the result, or minus the error number. */
  readonly call: (number: number, ...args: readonly NativeArgument[]) => number
  /**
   * Makes libuv build the event loop's kernel objects again, as it does after `fork`.
   * Returns false when libuv refuses. A wake-up from another thread that is under way gets lost.
   */
  readonly renewEventLoop: () => boolean
  /** Sets an option of the C library's allocator; false where it has none, as in musl. */
  readonly tuneAllocator: (option: AllocatorOption, value: number) => boolean
  readonly addressOf: (bytes: Uint8Array) => bigint
  readonly close: () => void
}

export type NativeResult =
  | { readonly ok: true; readonly native: Native }
  | { readonly ok: false; readonly reason: string }

const ARGUMENT_COUNT = 6
const LONG = 'i64'
/** In the numbers of glibc's malloc.h. */
const ALLOCATOR_OPTIONS = {
  /** How many arenas there may be. */
  arenas: -8,
  /** From how many bytes on a block is mapped by itself, and goes back to the system when it is freed. */
  mappedBytes: -3,
} as const
export type AllocatorOption = keyof typeof ALLOCATOR_OPTIONS

/** Opens the C library of this very process; the reason says why that is impossible. */
export function openNative(): NativeResult {
  const ffi = process.getBuiltinModule('node:ffi') as typeof ForeignFunctions | undefined
  if (ffi === undefined) return { ok: false, reason: 'this Node.js has no node:ffi, or it is switched off' }
  try {
    const { lib, functions } = ffi.dlopen(null, {
      syscall: { arguments: [LONG, LONG, LONG, LONG, LONG, LONG, LONG], return: LONG },
      __errno_location: { arguments: [], return: 'pointer' },
      uv_loop_fork: { arguments: ['pointer'], return: 'i32' },
    })
    const toLong = (argument: NativeArgument | undefined): bigint => {
      if (argument === null || argument === undefined) return 0n
      return typeof argument === 'object' ? ffi.getRawPointer(argument) : BigInt(argument)
    }
    return {
      ok: true,
      native: {
        call(number, ...args) {
          if (args.length > ARGUMENT_COUNT) throw new RangeError('a system call takes at most six arguments')
          const result = functions.syscall(
            BigInt(number),
            toLong(args[0]),
            toLong(args[1]),
            toLong(args[2]),
            toLong(args[3]),
            toLong(args[4]),
            toLong(args[5]),
          )
          return result === -1n ? -ffi.getInt32(functions.__errno_location()) : Number(result)
        },
        renewEventLoop: () => functions.uv_loop_fork(ffi.getCurrentEventLoop()) === 0,
        tuneAllocator: (option, value) => {
          try {
            const allocator = ffi.dlopen(null, { mallopt: { arguments: ['i32', 'i32'], return: 'i32' } })
            return allocator.functions.mallopt(ALLOCATOR_OPTIONS[option], value) === 1
          } catch {
            return false
          }
        },
        addressOf: (bytes) => ffi.getRawPointer(bytes),
        close: () => lib.close(),
      },
    }
  } catch (error) {
    return {
      ok: false,
      reason: `node:ffi refuses: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Zeroed memory that the garbage collector never moves, so that its address may be given to the kernel. */
export function nativeBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length))
}
