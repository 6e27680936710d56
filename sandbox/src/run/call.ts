// One call: decode the arguments, find the function, call it, wait for it, encode what it returned, tell the host.
import { OP } from '../bridge.ts'
import type { CallHeader, Send } from '../bridge.ts'
import { codecFailure, decodeInput, encodeResult } from '../codec/formats.ts'
import { apply, jsonParse, stringIndexOf, stringSlice } from '../intrinsics.ts'
import { bindArguments } from './bind-arguments.ts'
import type { LoadParser } from './bind-arguments.ts'
import { describeError, describeFailure } from './describe-error.ts'
import { findEntry } from './find-entry.ts'

export interface CallOptions {
  readonly send: Send
  readonly loadParser: LoadParser
  /** The submitted module's namespace; undefined for a script. */
  readonly namespace: object | undefined
  /** What was printed and not sent yet; it goes out before the answer. */
  readonly flushLog: () => void
}

/** Runs the call that `payload` describes and ends the task with exactly one op. Never throws and never rejects. */
export async function runCall(payload: string, { send, loadParser, namespace, flushLog }: CallOptions): Promise<void> {
  const lineEnd = stringIndexOf(payload, '\n')
  const header = jsonParse(stringSlice(payload, 0, lineEnd)) as CallHeader
  const end = (op: number, id: number, text: string): void => {
    flushLog()
    send(op, id, text)
  }
  try {
    const entry = findEntry(header.name, namespace)
    if (!entry.found) return end(OP.entryNotFound, 0, describeFailure(header.name))
    if (typeof entry.value !== 'function') {
      return end(
        OP.entryNotCallable,
        0,
        describeFailure(`'${header.name}' is not a function (it is ${kindOf(entry.value)})`),
      )
    }
    const input = decodeInput(header.format, stringSlice(payload, lineEnd + 1))
    let { args } = input
    if (input.keys.length > 0) {
      const bound = bindArguments(entry.value, header.name, input, loadParser)
      if (!bound.ok) return end(OP.argumentsMismatch, 0, describeFailure(bound.message))
      ;({ args } = bound)
    }
    const result = await apply(entry.value, undefined, args)
    end(OP.result, 0, encodeResult(header.format, result, header.outputBytes))
  } catch (thrown) {
    const failure = codecFailure(thrown)
    if (failure === undefined) end(OP.threw, 0, describeError(thrown))
    else end(failure.op, failure.bytes, describeFailure(failure.message))
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
}
