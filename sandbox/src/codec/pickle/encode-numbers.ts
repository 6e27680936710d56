// Numbers and big integers: safe integers are ints, all other numbers floats.
import { isSafeInteger, mathFloor, objectIs, toNumber } from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { writeDouble } from './bytes.ts'
import { toLong, writeLong } from './integers.ts'
import { reserve, writeByte, writeUint } from './writer.ts'
import type { Writer } from './writer.ts'

export function saveNumber(writer: Writer, value: number): void {
  if (!isSafeInteger(value) || objectIs(value, -0)) return saveFloat(writer, value)
  if (value >= 0 && value <= 0xff) {
    writeByte(writer, 0x4b) // BININT1
    writeByte(writer, value)
  } else if (value >= 0 && value <= 0xffff) {
    writeByte(writer, 0x4d) // BININT2
    writeUint(writer, value, 2)
  } else if ((value | 0) === value) {
    writeByte(writer, 0x4a) // BININT
    writeUint(writer, value >>> 0, 4)
  } else {
    const high = mathFloor(value / 0x100000000)
    const size = high >= -0x80 && high < 0x80 ? 1 : high >= -0x8000 && high < 0x8000 ? 2 : 3
    writeByte(writer, 0x8a) // LONG1
    writeByte(writer, 4 + size)
    writeUint(writer, value >>> 0, 4)
    writeUint(writer, high >>> 0, size)
  }
}

export function saveFloat(writer: Writer, value: number): void {
  writeByte(writer, 0x47) // BINFLOAT
  reserve(writer, 8)
  writeDouble(value, writer.bytes, writer.length)
  writer.length += 8
}

export function saveBigInt(writer: Writer, value: bigint, depth: number): void {
  const number = toNumber(value)
  if (isSafeInteger(number)) return saveNumber(writer, number)
  const long = toLong(value)
  if (long === null) throw refuse(writer.path, depth, 'is a bigint of more bytes than pickle carries here')
  writeByte(writer, long.size < 256 ? 0x8a : 0x8b) // LONG1, LONG4
  writeUint(writer, long.size, long.size < 256 ? 1 : 4)
  reserve(writer, long.size)
  writer.length = writeLong(long, writer.bytes, writer.length)
}

export function saveInteger(writer: Writer, value: number | bigint, depth: number): void {
  if (typeof value === 'bigint') saveBigInt(writer, value, depth)
  // Of -0, which would be a float, this makes 0.
  else saveNumber(writer, value + 0)
}
