// A failure as the `error` text of the imitated wires: which texts carry a code, and why no guest can forge one.
import { ERRORS } from '../errors.ts'
import type { ErrorCode, Failure } from '../errors.ts'

/** How upstream begins every error that its handler, not the submitted code, raised. */
const HANDLER_PREFIX = 'Error in handler: '

/** Failures for which upstream's handler has this text. */
const HANDLER_CODES: ReadonlySet<ErrorCode> = new Set([
  'REQUEST_INVALID',
  'FEATURE_UNAVAILABLE',
  'RESULT_NOT_ENCODABLE',
])

/** Failures that upstream does not know and that are nobody's text but ours: these begin with their code. */
const CODED: ReadonlySet<string> = new Set([
  ...Object.entries(ERRORS).flatMap(([code, { blame }]) => (blame === 'service' || blame === 'limit' ? [code] : [])),
  'PAYLOAD_TOO_LARGE',
  'UPLOAD_TOO_SLOW',
  'CANCELLED',
])

const SERVICE_TEXT = new RegExp(`^\\s*(?:${Object.keys(ERRORS).join('|')}|Error in handler):`)

/** The text of a failure: never empty, and only ours ever begins with a code. */
export function describeFailure(failure: Failure): string {
  const { code, message, stack = '' } = failure
  if (CODED.has(code)) return `${code}: ${message}`
  if (HANDLER_CODES.has(code)) return HANDLER_PREFIX + message
  const text = SERVICE_TEXT.test(message) ? `Error: ${message}` : message
  if (stack === '') return text === '' ? 'Error' : text
  return text === '' && SERVICE_TEXT.test(stack) ? `Error: ${stack}` : `${text}\n${stack}`
}
