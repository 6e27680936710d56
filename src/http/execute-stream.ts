// POST /execute for a client that takes a stream: the chunks of a function that gives some, and behind them the rest of the
// FunctionResponse.
import { isStreamAggregated } from '../core/stream-aggregation.ts'
import type { ExecuteContext, Execution } from '../execution/execute.ts'
import { executeParsed } from '../jobs/execute-parsed.ts'
import { failedResponse, writeFunctionResponse } from '../protocol/function-response.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { BUFFERS_FULL } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import { abortWithClient } from './client-signal.ts'
import type { HttpContext } from './context.ts'
import { errorBody } from './error-body.ts'
import { ChunkStream } from './stream/chunk-stream.ts'
import type { StreamEnd } from './stream/chunk-stream.ts'
import { writeStreamEnd, writeStreamError } from './stream/stream-format.ts'
import type { StreamFormat } from './stream/stream-format.ts'

export interface ExecuteStream {
  readonly c: HttpContext
  readonly format: StreamFormat
  readonly parsed: ParsedRequest
  readonly context: Omit<ExecuteContext, 'signal'>
  /** Called when the code needs the request no more, if it has begun to stream. */
  readonly release: () => void
}

/** The answer of a function that streams; else how it ended, which is answered like any other request. */
export async function executeStreamed(
  { c, format, parsed, context, release }: ExecuteStream,
  options: AppOptions,
): Promise<{ readonly answer: Answer } | { readonly execution: Execution }> {
  const controller = new AbortController()
  abortWithClient(c, controller)
  const valueFormat =
    parsed.ok && 'serialization_format' in parsed.request ? parsed.request.serialization_format : 'json'
  const stream = new ChunkStream({ ...options, c, format, valueFormat, onFull: () => controller.abort() })
  const running = executeParsed(options.execute, parsed, {
    ...context,
    signal: controller.signal,
    mayStream: true,
    isStreamAggregated: parsed.ok && isStreamAggregated(parsed.request, context.deployment ?? null),
    onEvent: stream.onEvent,
  })
  const toEnd = (execution: Execution): StreamEnd => endOf(explain(execution, stream), format)
  const answer = await stream.answer(running, toEnd)
  if (answer !== null) {
    running.then(release, release)
    return { answer }
  }
  const execution = explain(await running, stream)
  if (execution.code !== null || execution.chunks === undefined) return { execution }
  release()
  return { answer: { ...stream.answerEmpty(toEnd(execution)), usage: execution.usage } }
}

/** A chunk is missing, whatever the code did next: it is not its doing, nor the client's, that there was no room. */
function explain(execution: Execution, { isFull }: ChunkStream): Execution {
  if (!isFull) return execution
  const { usage, response } = execution
  return {
    response: failedResponse(BUFFERS_FULL, response.stdout),
    code: BUFFERS_FULL.code,
    failure: BUFFERS_FULL,
    usage,
  }
}

function endOf({ response, failure, usage }: Execution, format: StreamFormat): StreamEnd {
  const end = writeStreamEnd(format, writeFunctionResponse(response, { withoutError: false }))
  if (failure === undefined) return { texts: [end], code: null, usage }
  return { texts: [writeStreamError(format, errorBody(failure)), end], code: failure.code, usage }
}
