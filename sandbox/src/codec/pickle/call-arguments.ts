// What the constructors of the table of globals ask of their arguments.
import { isSafeInteger, typedArrayName } from '../../intrinsics.ts'
import type { Machine } from './machine.ts'

export type Args = readonly unknown[]

/** Undefined for arguments that are not those of data. @param origin where the opcode ends, for a dict that is made. */
export type Reconstruct = (args: Args, machine: Machine, origin: number) => unknown

/** Constructors by the full names of their globals; null for a class that may be named but not called. Without prototype. */
export type Globals = Readonly<Record<string, Reconstruct | null>>

/** An argument that may be missing. */
export function argument(args: Args, index: number): unknown {
  return index < args.length ? args[index] : undefined
}

export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName(value) === 'Uint8Array'
}

export function isInt(value: unknown): value is number | bigint {
  return isSafeInteger(value) || typeof value === 'bigint'
}
