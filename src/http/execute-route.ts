// POST /execute: one FunctionRequest, bare or as `{"input":…}`, answered with its FunctionResponse, or a stream before it.
import { randomUUID } from 'node:crypto'
import { servedResources } from '../core/resolve-deployed.ts'
import { ERRORS } from '../errors.ts'
import { executeParsed, isRefusal } from '../jobs/execute-parsed.ts'
import { failedResponse, writeFunctionResponse } from '../protocol/function-response.ts'
import { isJsonObject } from '../protocol/json.ts'
import { modeOf, parseFunctionRequest } from '../protocol/parse.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { notAnObject } from '../protocol/validation-detail.ts'
import { BUFFERS_FULL, DRAINING, SMALL_ANSWER_CHARACTERS, refuseBody } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import type { Lease } from './buffer-budget.ts'
import { clientSignal } from './client-signal.ts'
import { headerOf } from './context.ts'
import type { HttpContext } from './context.ts'
import type { RouteHandler } from './endpoint.ts'
import { executeStreamed } from './execute-stream.ts'
import { holdInput } from './hold-input.ts'
import { readJsonBody } from './json-body.ts'
import { askedStreamFormat } from './stream/stream-format.ts'

interface Accepted {
  readonly parsed: ParsedRequest
  readonly lease: Lease
}

/**
 * Always 200 with a FunctionResponse, or a stream that ends with one, once the body is a JSON object; only a full or closing
 * service refuses later.
 */
export function createExecuteRoute(options: AppOptions): RouteHandler {
  const bodyOptions = {
    ...options,
    limitBytes: options.inputBytes,
    isJsonRequired: options.access.kind !== 'key',
  }
  return async function executeRoute(c) {
    if (options.isDraining()) return DRAINING
    const accepted = await accept(c)
    if ('status' in accepted) return accepted
    try {
      return await run(c, accepted)
    } catch (error) {
      accepted.lease.release()
      throw error
    }
  }

  /** A refusal, or what the body asks for. A function of its own, so that no frame holds the body while the code runs. */
  async function accept(c: HttpContext): Promise<Answer | Accepted> {
    const body = await readJsonBody(c, bodyOptions)
    if (!body.ok) return body.answer
    const { value, lease } = body
    if (!isJsonObject(value)) {
      lease.release()
      return refuseBody('REQUEST_INVALID', notAnObject(['body'], value), body.length)
    }
    const request = Object.hasOwn(value, 'input') ? value['input'] : value
    const parsed = parseFunctionRequest(request, body.mayHaveRareNumbers)
    return holdInput(parsed, lease) ?? { parsed, lease }
  }

  async function run(c: HttpContext, { parsed, lease }: Accepted): Promise<Answer> {
    const id = randomUUID()
    const found = options.findDeployment(undefined)
    const deployment = found.kind === 'known' ? found.deployment : null
    const isPublic = deployment !== null && servedResources(deployment).some((one) => one.isLoadBalanced)
    const context = {
      id,
      tenant: options.tenant,
      deployment,
      // A load-balanced endpoint is public by nature: whoever can reach it must not be able to bring code.
      allowsLive: options.executeLive || !isPublic,
    }
    const format = askedStreamFormat(headerOf(c, 'accept'))
    const ended =
      format === null
        ? { execution: await executeParsed(options.execute, parsed, { ...context, signal: clientSignal(c) }) }
        : await executeStreamed({ c, format, parsed, context, release: () => lease.release() }, options)
    if ('answer' in ended) return { ...ended.answer, id, mode: modeOf(parsed) }
    const { execution } = ended
    const { code, usage } = execution
    const text = writeFunctionResponse(execution.response, { withoutError: false })
    const about = { id, mode: modeOf(parsed), usage, lease }
    if (!lease.resize(text.length) && text.length > SMALL_ANSWER_CHARACTERS) {
      const response = failedResponse(BUFFERS_FULL, null)
      return {
        status: 200,
        body: writeFunctionResponse(response, { withoutError: false }),
        code: 'BUFFERS_FULL',
        ...about,
      }
    }
    return { status: isRefusal(code) ? ERRORS[code].status : 200, body: text, code, ...about }
  }
}
