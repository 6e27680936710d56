// Headers, Request and Response, and what fetching does with them.
import { isHeaders, shapeHeaders } from '../headers.ts'
import { shapeInterface } from '../interface.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { addRequestBody, isRequest, readRequest, Request } from './request.ts'
import { addResponseBody, createResponse, isResponse, Response } from './response.ts'

export interface FetchInternals {
  readonly readRequest: typeof readRequest
  readonly createResponse: typeof createResponse
}

let made: object | undefined

export function createFetchGlobals(): object {
  return (made ??= makeGlobals())
}

function makeGlobals(): object {
  addRequestBody()
  addResponseBody()
  shapeInterface(Request, 'Request')
  shapeInterface(Response, 'Response')
  addPlatformObjects((value) => (isHeaders(value) || isRequest(value) || isResponse(value) ? null : undefined))
  return { __proto__: null, Headers: shapeHeaders(), Request, Response }
}

/** Objects that it makes have classes with their shape, whatever a guest has read of them. */
export function fetchInternals(): FetchInternals {
  createFetchGlobals()
  return { __proto__: null, readRequest, createResponse } as FetchInternals
}
