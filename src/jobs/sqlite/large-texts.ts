// The large texts of a message, which are handed over to the other thread instead of being copied.
//
// Each kind of message is looked at by its own members. A walk over whatever members there are is a function of many shapes,
// and the objects that another thread sent change theirs: V8 compiles such a function hundreds of times a second.
import type { InputTexts, JobAndOutput, Operation, OperationType, Results } from './messages.ts'
import type { Text } from './text-codec.ts'

/** Adds what is bytes in an operation to `found`, and tells how many bytes that is. */
export function takeFromOperation(operation: Operation, found: ArrayBuffer[]): number {
  switch (operation.type) {
    case 'add':
      return takeText(operation.output, found) + takeFromInput(operation.input, found)
    case 'update':
      return takeText(operation.output, found)
    case 'addChunk':
      return takeText(operation.value, found)
    case 'restart':
    case 'get':
    case 'input':
    case 'remove':
    case 'unfinished':
    case 'dueWebhooks':
    case 'list':
    case 'takeChunks':
    case 'clean':
    case 'close':
      return 0
    default:
      return operation satisfies never
  }
}

/** The same for what an operation of that type gave. */
export function takeFromResult(type: OperationType, result: Results[OperationType], found: ArrayBuffer[]): number {
  switch (type) {
    case 'get': {
      const job = result as Results['get']
      return job === null ? 0 : takeText(job.output, found)
    }
    case 'input': {
      const input = result as Results['input']
      return input === null ? 0 : takeFromInput(input, found)
    }
    case 'dueWebhooks':
      return sumOf(result as Results['dueWebhooks'], (job: JobAndOutput) => takeText(job.output, found))
    case 'takeChunks':
      return sumOf(result as Results['takeChunks'], (chunk) => takeText(chunk, found))
    case 'add':
    case 'update':
    case 'addChunk':
    case 'restart':
    case 'remove':
    case 'unfinished':
    case 'list':
    case 'clean':
    case 'close':
      return 0
    default:
      return type satisfies never
  }
}

function takeFromInput({ head, code, input }: InputTexts, found: ArrayBuffer[]): number {
  return takeText(head, found) + takeText(code, found) + takeText(input, found)
}

function takeText(text: Text | null, found: ArrayBuffer[]): number {
  if (text === null || typeof text === 'string') return 0
  found.push(text.buffer)
  return text.buffer.byteLength
}

function sumOf<T>(list: readonly T[], bytesOf: (one: T) => number): number {
  return list.reduce((sum, one) => sum + bytesOf(one), 0)
}
