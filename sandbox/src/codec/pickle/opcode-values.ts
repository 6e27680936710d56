// What single opcodes push, and what is said about opcodes that are not accepted.
import { fromCharCode } from '../../intrinsics.ts'
import type { CodecError } from '../codec-error.ts'
import { decodeError } from '../codec-error.ts'
import { readUtf8 } from '../utf8.ts'
import { copyBytes } from './bytes.ts'
import { mark } from './marks.ts'
import { readAscii } from './text-lines.ts'

/** The value of an opcode that counts its bytes. */
export function readSized(opcode: number, bytes: Uint8Array, at: number, to: number): unknown {
  switch (opcode) {
    case 0x43: // SHORT_BINBYTES
    case 0x42: // BINBYTES
    case 0x8e: // BINBYTES8
      return copyBytes(bytes, at, to)
    case 0x96: // BYTEARRAY8
      return mark(copyBytes(bytes, at, to), 'bytearray')
    case 0x55: // SHORT_BINSTRING
    case 0x54: // BINSTRING
      return readAscii(bytes, at, to)
    default: // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
      return readUtf8(bytes, at, to)
  }
}

/** Opcodes that only code or a side channel could serve are refused by name, all others as CPython refuses them. */
export function refuseOpcode(opcode: number): CodecError {
  const name = nameOfRefused()
  if (name !== null) return decodeError(`The pickle uses ${name}, which is not accepted`)
  const isPrintable = opcode >= 0x20 && opcode < 0x7f && opcode !== 0x27
  const shown = isPrintable ? fromCharCode(opcode) : `\\x${hexDigit(opcode >> 4)}${hexDigit(opcode & 15)}`
  return decodeError(`invalid load key, '${shown}'.`)

  function hexDigit(value: number): string {
    return fromCharCode(value < 10 ? 48 + value : 87 + value)
  }

  function nameOfRefused(): string | null {
    switch (opcode) {
      case 0x50:
        return 'PERSID'
      case 0x51:
        return 'BINPERSID'
      case 0x82:
        return 'EXT1'
      case 0x83:
        return 'EXT2'
      case 0x84:
        return 'EXT4'
      case 0x69:
        return 'INST'
      case 0x6f:
        return 'OBJ'
      case 0x97:
        return 'NEXT_BUFFER'
      case 0x98:
        return 'READONLY_BUFFER'
      default:
        return null
    }
  }
}
