// What a job of the platform's API says: finished with a result, finished without one, or not finished.
import { isJsonObject, parseJson } from '../protocol/json.ts'

export type ReadJob =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; /** What the function said. */ readonly error: string }
  | { readonly kind: 'waiting'; readonly id: string }
  | { readonly kind: 'malformed'; /** Goes on after the name of the host. */ readonly problem: string }

const JOB_ID = /^[\w.:-]{1,256}$/u

export function readJob(text: string): ReadJob {
  const parsed = parseJson(text)
  if (!parsed.ok) return malformed('answers with text that is no JSON')
  const job = parsed.value
  if (!isJsonObject(job)) return malformed('answers with JSON that is no job')
  const { status, id, output, error } = job
  switch (status) {
    case 'COMPLETED':
      // As upstream has it: a result with this key is an error for the caller.
      if (isJsonObject(output) && Object.hasOwn(output, 'error') && output['error'] != null) {
        return { kind: 'failed', error: toText(output['error']) }
      }
      return { kind: 'completed' }
    case 'IN_QUEUE':
    case 'IN_PROGRESS':
      return typeof id === 'string' && JOB_ID.test(id)
        ? { kind: 'waiting', id }
        : malformed('answers with a job without id')
    case 'FAILED':
    case 'CANCELLED':
    case 'TIMED_OUT':
      return { kind: 'failed', error: error == null ? `The job ended as ${status}.` : toText(error) }
    default:
      return malformed('answers with a job of no known status')
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function malformed(problem: string): ReadJob {
  return { kind: 'malformed', problem }
}
