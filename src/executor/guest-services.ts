// What a guest may ask of the host that no task has a part in: random bytes, how a domain is written in ASCII, and the
// tables of encodings that few guests need.
import { MAX_DOMAIN_CHARACTERS, MAX_ENTROPY_BYTES, OP } from '../../sandbox/src/bridge.ts'

/** The answer, or null for an op that is none of these. Nothing is kept, and what is asked is bounded by its size. */
export function answerService(op: number, id: number, payload: string): string | null {
  switch (op) {
    case OP.entropy:
      return drawEntropy(id)
    case OP.domainToAscii:
      return writeInAscii(payload)
    case OP.legacyTables:
      return legacyTables
    default:
      return null
  }
}

let legacyTables = ''

/** @param json ASCII, as it lies beside the snapshot. */
export function provideLegacyTables(json: string): void {
  legacyTables = json
}

/** `node:crypto` takes an executor longer to load than all else, and few guests need it. */
let drawBytes: ((byteCount: number) => Buffer) | undefined

function drawEntropy(byteCount: number): string {
  if (!Number.isInteger(byteCount) || byteCount < 1 || byteCount > MAX_ENTROPY_BYTES) return ''
  drawBytes ??= process.getBuiltinModule('node:crypto').randomBytes
  return drawBytes(byteCount).toString('latin1')
}

/** What ends a host in a URL, or is decoded in one: a guest program sends none of these. */
const NO_DOMAIN = /[\0-\x20#%/:?@[\\\]^|\x7f]/

function writeInAscii(domain: string): string {
  return domain.length > MAX_DOMAIN_CHARACTERS || NO_DOMAIN.test(domain)
    ? ''
    : (URL.parse(`ws://${domain}`)?.hostname ?? '')
}
