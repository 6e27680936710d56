// What the log says of one request: who, what, how it ended, where its time went. Never what the guest said or was sent.

import { PHASES, roundMs } from './phases.ts'
import type { Phase } from './phases.ts'

/** The part of a request's record that may be logged; the HTTP front's record has this shape. */
export interface RequestFacts {
  /** `answered` for a request; `finished` for a job that ended after its request was answered. */
  readonly event: string
  readonly method: string
  /** The pattern of the route, never the path itself. */
  readonly route: string
  readonly id: string | null
  readonly mode: string | null
  readonly status: number | null
  readonly jobStatus: string | null
  readonly code: string | null
  readonly durationMs: number
  readonly answerBytes: number
  readonly usage: {
    readonly cpuMs: number
    readonly wallMs: number
    readonly isolate?: string
    readonly codeCache?: string
    readonly heapBytes?: number
    readonly phases: Readonly<Partial<Record<Phase, number>>>
  } | null
}

/** Fields of a log line; what a request does not have is left out. */
export type RequestLine = Readonly<Record<string, string | number>>

/** Picks fields by name, so that a field added to the record elsewhere does not get into the log by itself. */
export function describeRequest(facts: RequestFacts): RequestLine {
  const { event, method, route, id, mode, status, jobStatus, code, usage } = facts
  const line: Record<string, string | number> = { event, method, route }
  if (id !== null) line['id'] = id
  if (mode !== null) line['mode'] = mode
  if (status !== null) line['status'] = status
  if (jobStatus !== null) line['jobStatus'] = jobStatus
  if (code !== null) line['code'] = code
  line['durationMs'] = roundMs(facts.durationMs)
  line['answerBytes'] = facts.answerBytes
  if (usage === null) return line
  line['cpuMs'] = roundMs(usage.cpuMs)
  line['wallMs'] = roundMs(usage.wallMs)
  if (usage.isolate !== undefined) line['isolate'] = usage.isolate
  if (usage.codeCache !== undefined) line['codeCache'] = usage.codeCache
  if (usage.heapBytes !== undefined) line['heapBytes'] = usage.heapBytes
  for (const name of PHASES) {
    const spent = usage.phases[name]
    if (spent !== undefined) line[name] = roundMs(spent)
  }
  return line
}
