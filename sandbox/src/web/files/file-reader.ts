// FileReader of the File API.
import { defineConstants } from '../../globals/events/interface.ts'
import { TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDomString } from '../convert.ts'
import { createBelow } from '../events/below.ts'
import { defineHandlers } from '../events/handler-attributes.ts'
import { needArguments } from '../interface.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { blobContent } from './blob-content.ts'
import type { BlobContent } from './blob-content.ts'
import { ProgressEvent, shapeProgressEvent } from './progress-event.ts'
import { abortReading, createState, PHASE, startReading } from './reading.ts'
import type { ReaderState } from './reading.ts'

const TYPES = ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']

const { make, factsOf: stateOf, isOne, shape } = createBelow<ReaderState>('FileReader', 'EventTarget')

/** By the names of their globals; made once. */
export function createFileReaderGlobals(): object {
  shape(FileReader)
  // Behind that, so that the console shows what the reader is, and not who listens to it.
  defineHandlers(FileReader.prototype, TYPES, (target) => stateOf(target).handlers)
  defineConstants(FileReader, PHASE as unknown as Readonly<Record<string, number>>)
  shapeProgressEvent()
  addPlatformObjects((value) => (isOne(value) ? null : undefined))
  return { __proto__: null, FileReader, ProgressEvent }
}

class FileReader {
  constructor() {
    // oxlint-disable-next-line no-constructor-return -- as all classes below those of the DOM
    return make([], new.target, createState) as FileReader
  }

  readAsArrayBuffer(blob: unknown): void {
    const state = stateOf(this)
    startReading(state, toBlob(blob, arguments.length, 'readAsArrayBuffer'), 'ArrayBuffer', undefined)
  }

  readAsBinaryString(blob: unknown): void {
    const state = stateOf(this)
    startReading(state, toBlob(blob, arguments.length, 'readAsBinaryString'), 'BinaryString', undefined)
  }

  readAsText(blob: unknown, encoding: unknown = undefined): void {
    const state = stateOf(this)
    const content = toBlob(blob, arguments.length, 'readAsText')
    startReading(state, content, 'Text', encoding === undefined ? undefined : toDomString(encoding))
  }

  readAsDataURL(blob: unknown): void {
    const state = stateOf(this)
    startReading(state, toBlob(blob, arguments.length, 'readAsDataURL'), 'DataURL', undefined)
  }

  abort(): void {
    abortReading(stateOf(this))
  }

  get readyState(): number {
    return stateOf(this).phase
  }

  get result(): string | ArrayBuffer | null {
    return stateOf(this).result
  }

  get error(): Error | null {
    return stateOf(this).error
  }
}

function toBlob(value: unknown, count: number, method: string): BlobContent {
  needArguments(count, 1, `FileReader.${method}`)
  const content = blobContent(value)
  if (content === undefined) throw new TypeErrorIntrinsic(`FileReader.${method}: the argument must be a Blob`)
  return content
}
