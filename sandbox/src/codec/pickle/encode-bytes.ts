// Bytes: buffers, views of them, and what a mark makes of a `Uint8Array`.
import {
  arrayBufferByteLength,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { createSaveArray } from './encode-arrays.ts'
import type { SaveArray } from './encode-arrays.ts'
import { markOf } from './marks.ts'
import { real } from './real-object.ts'
import { memoize, writeBinary, writeBytes } from './writer.ts'
import type { Writer } from './writer.ts'

/** Made for the first array of anything but bytes. */
let saveArray: SaveArray | undefined

/** A buffer or a view of one is bytes. */
export function saveBuffer(writer: Writer, object: object, kind: 'ArrayBuffer' | 'DataView', depth: number): void {
  const bytes = real(writer, depth, kind, () =>
    kind === 'DataView'
      ? new Uint8ArrayIntrinsic(dataViewBuffer(object), dataViewByteOffset(object), dataViewByteLength(object))
      : new Uint8ArrayIntrinsic(object as ArrayBuffer, 0, arrayBufferByteLength(object as ArrayBuffer)),
  )
  writeBinary(writer, bytes)
  memoize(writer, object)
}

/** A `Uint8Array` is bytes; other typed arrays are an `array.array`; a mark can say otherwise. */
export function saveTypedArray(writer: Writer, object: object, depth: number): void {
  const name = typedArrayName(object)
  if (name === undefined) throw refuse(writer.path, depth, 'inherits from a typed array but is none')
  const bytes = new Uint8ArrayIntrinsic(
    typedArrayBuffer(object),
    typedArrayByteOffset(object),
    typedArrayByteLength(object),
  )
  const type = markOf(object)
  if (name === 'Uint8Array' && (type === undefined || type === 'bytearray')) {
    if (type === undefined) writeBinary(writer, bytes)
    else writeBytes(writer, 0x96, 8, bytes) // BYTEARRAY8
    memoize(writer, object)
  } else if (type === undefined || type === 'array.array' || type === 'numpy.ndarray') {
    ;(saveArray ??= createSaveArray())(writer, object, name, bytes, depth)
  } else throw refuse(writer.path, depth, `has a mark that a ${name} cannot have`)
}
