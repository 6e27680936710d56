// What ends an installation: something that the request, the packages or the registry are to blame for, as a value to throw.
import type { FromInstallTool } from '../../ipc/install-messages.ts'

type Ending = Extract<FromInstallTool, { type: 'failed' | 'too-much' }>
/** What is answered, without the number of the request. */
export type InstallEnding = Ending extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never

const MESSAGE_CHARACTERS_MAX = 1_024

/** Thrown in this process only, and answered as what it holds. */
export class InstallError extends Error {
  readonly ending: InstallEnding

  constructor(ending: InstallEnding) {
    super('message' in ending ? ending.message : ending.what)
    this.ending = ending
  }
}

export function refuse(message: string): InstallError {
  return new InstallError({ type: 'failed', reason: 'refused', message })
}

export function fail(message: string): InstallError {
  return new InstallError({ type: 'failed', reason: 'failed', message })
}

export function blameRegistry(message: string): InstallError {
  return new InstallError({ type: 'failed', reason: 'registry', message })
}

export function tooMuch(what: 'packages' | 'bytes' | 'files', used: number): InstallError {
  return new InstallError({ type: 'too-much', what, used })
}

interface NpmError {
  readonly code?: unknown
  readonly message?: unknown
  readonly statusCode?: unknown
  readonly pkgid?: unknown
  readonly cause?: unknown
}

const NOT_FOUND = new Set(['E404', 'ENOVERSIONS', 'E405', 'E410'])
const ELSEWHERE = /^EALLOW(?<kind>[A-Z]+)$/u
const OF_NETWORK =
  /^(?:E(?:CONN|HOST|NET|ADDR|PIPE|TIMEDOUT|NOTFOUND|AI_|IDLE|RESPONSE|TRANSFER)|UND_|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_|FETCH_|ABORT|EINVALIDPROXY|ERR_HTTP|HPE_)/u

/** What npm's modules throw, in our words: theirs name addresses and paths of this machine. */
export function toEnding(error: unknown): InstallEnding {
  if (error instanceof InstallError) {
    const { ending } = error
    return ending.type === 'too-much' ? ending : { ...ending, message: clip(ending.message) }
  }
  const { code, message, pkgid, statusCode } = (error ?? {}) as NpmError
  const name = typeof code === 'string' ? code : ''
  const what = typeof pkgid === 'string' ? ` of ${JSON.stringify(clip(pkgid))}` : ''
  const elsewhere = ELSEWHERE.exec(name)?.groups?.['kind']?.toLowerCase()
  if (elsewhere !== undefined) {
    const kind = elsewhere === 'git' ? 'a git repository' : `a ${elsewhere} address`
    return fail(`A package depends on ${kind}; packages come from the registry by name and version only.`).ending
  }
  if (NOT_FOUND.has(name)) return fail(`The registry has no package${what === '' ? ' of that name' : what}.`).ending
  if (name === 'ETARGET' && typeof message === 'string') return fail(clip(message)).ending
  if (name === 'ERESOLVE') return fail(describeConflict(error)).ending
  if (name === 'EBADPLATFORM') return fail(`A package is for another system${what}, and is native code.`).ending
  if (typeof statusCode === 'number')
    return blameRegistry(`The registry answered with status ${statusCode} when it was asked${what}.`).ending
  if (OF_NETWORK.test(name)) return blameRegistry(`The registry cannot be reached (${name}).`).ending
  if (/^(?:Invalid response body|request to|network timeout)/u.test(String(message)))
    return blameRegistry('The registry broke off in the middle of an answer.').ending
  if (error instanceof SyntaxError || name.startsWith('EJSON'))
    return blameRegistry('The registry answered with something that is no JSON.').ending
  return fail(`The packages cannot be installed (${name === '' ? 'no reason is known' : name}).`).ending
}

/** `a@1 wants b@^2 beside it, but b@3 is asked for.` */
function describeConflict(error: unknown): string {
  const { edge, current } = error as { edge?: ConflictEdge | null; current?: ConflictNode | null }
  const who = `${edge?.from?.name ?? 'a package'}@${edge?.from?.version ?? '?'}`
  const found = current === undefined || current === null ? 'another version' : `${current.name}@${current.version}`
  return clip(`${who} needs ${edge?.name ?? 'a package'}@${edge?.spec ?? '?'} beside it, and ${found} is there.`)
}

interface ConflictNode {
  readonly name?: string
  readonly version?: string
}

interface ConflictEdge {
  readonly name?: string
  readonly spec?: string
  readonly from?: ConflictNode | null
}

function clip(text: string): string {
  return text.length > MESSAGE_CHARACTERS_MAX ? `${text.slice(0, MESSAGE_CHARACTERS_MAX)}…` : text
}
