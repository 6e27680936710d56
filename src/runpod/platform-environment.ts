// The variables by which the platform tells a worker where its queue is (protocol.md §3.1), as a typed configuration.

export interface PlatformConfig {
  /** Names this worker in the URLs and in errors. */
  readonly workerId: string
  /** Sent as it is in the `Authorization` header; empty for none. */
  readonly apiKey: string
  /** Of the machine, for errors. */
  readonly hostname: string
  /** Worker ids are filled in; that of a job is still `$ID` in `done` and `stream`. */
  readonly takeUrl: string
  readonly doneUrl: string
  /** Null when the platform has no place for chunks. */
  readonly streamUrl: string | null
  /** Null when the platform is not told that the worker lives. */
  readonly pingUrl: string | null
  readonly pingIntervalMs: number
}

export type PlatformEnvironment =
  /** Null when there is no queue to take from. */
  | { readonly ok: true; readonly config: PlatformConfig | null }
  /** All that is wrong, one sentence each; no value of a URL or a key is in them. */
  | { readonly ok: false; readonly issues: readonly string[] }

export const JOB_PLACEHOLDER = '$ID'
const WORKER_PLACEHOLDER = '$RUNPOD_POD_ID'

const DEFAULT_PING_MS = 10_000
const PING_MS_MIN = 100
const PING_MS_MAX = 3_600_000
const KEY = /^[\u0021-\u007e]{1,512}$/u
const WORKER_ID = /^[\w.:-]{1,128}$/u
const ONLY_DOTS = /^\.+$/u

/** Pure. @param createId gives the worker an id where the platform gives none. */
export function readPlatformEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  createId: () => string,
): PlatformEnvironment {
  const read = (name: string): string => (Object.hasOwn(env, name) ? (env[name] ?? '') : '')
  if (read('RUNPOD_WEBHOOK_GET_JOB') === '') return { ok: true, config: null }
  const issues: string[] = []
  const given = read('RUNPOD_POD_ID')
  if (given !== '' && (!WORKER_ID.test(given) || ONLY_DOTS.test(given))) {
    issues.push('RUNPOD_POD_ID must be 1 to 128 letters, digits, dots, underscores, colons and hyphens.')
  }
  const workerId = given === '' ? createId() : given
  const apiKey = read('RUNPOD_AI_API_KEY')
  if (apiKey !== '' && !KEY.test(apiKey)) {
    issues.push('RUNPOD_AI_API_KEY must be at most 512 visible ASCII characters without spaces (it is not shown).')
  }
  const readUrl = (name: string, rules: UrlRules): string | null => {
    const text = read(name)
    if (text === '' && rules.isOptional === true) return null
    const problem = text === '' ? 'is not set; RUNPOD_WEBHOOK_GET_JOB needs it beside itself' : checkUrl(text, rules)
    if (problem !== null) issues.push(`${name} ${problem}.`)
    return text.replaceAll(WORKER_PLACEHOLDER, workerId)
  }
  const takeUrl = readUrl('RUNPOD_WEBHOOK_GET_JOB', {})?.replaceAll(JOB_PLACEHOLDER, workerId) ?? ''
  const doneUrl = readUrl('RUNPOD_WEBHOOK_POST_OUTPUT', { isOfJob: true }) ?? ''
  const streamUrl = readUrl('RUNPOD_WEBHOOK_POST_STREAM', { isOfJob: true, isOptional: true })
  const pingUrl = readUrl('RUNPOD_WEBHOOK_PING', { isOptional: true })
  const pingIntervalMs = readInterval(read('RUNPOD_PING_INTERVAL'), issues)
  if (issues.length > 0) return { ok: false, issues }
  // Upstream is silent too when the platform could not tell who pings.
  const isPinging = given !== '' && apiKey !== ''
  return {
    ok: true,
    config: {
      workerId,
      apiKey,
      hostname: read('RUNPOD_POD_HOSTNAME') === '' ? 'unknown' : read('RUNPOD_POD_HOSTNAME'),
      takeUrl,
      doneUrl,
      streamUrl,
      pingUrl: isPinging ? pingUrl : null,
      pingIntervalMs,
    },
  }
}

interface UrlRules {
  readonly isOptional?: true
  /** Whether it has to say where the id of the job goes. */
  readonly isOfJob?: true
}

/** What is wrong, to go on after the name of the variable; null for nothing. */
function checkUrl(text: string, { isOfJob }: UrlRules): string | null {
  const url = URL.parse(text)
  if (url === null) return 'is no URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password'
  if (text.includes('#')) return 'must not hold a #, behind which nothing is sent'
  if (!text.includes('?')) return 'has no ?, and parameters are put behind its query with &'
  if (isOfJob === true && !text.replaceAll(WORKER_PLACEHOLDER, '').includes(JOB_PLACEHOLDER)) {
    return 'must say with $ID where the id of a job goes'
  }
  return null
}

function readInterval(text: string, issues: string[]): number {
  if (text === '') return DEFAULT_PING_MS
  const intervalMs = /^\d{1,9}$/u.test(text) ? Number(text) : -1
  if (intervalMs < PING_MS_MIN || intervalMs > PING_MS_MAX) {
    const shown = JSON.stringify(text.slice(0, 40))
    issues.push(
      `RUNPOD_PING_INTERVAL is ${shown}; it must be a whole number of milliseconds from ${PING_MS_MIN} to ${PING_MS_MAX}.`,
    )
  }
  return intervalMs
}
