// What a guest may ask of the host that no task has a part in: random bytes, how a domain is written in ASCII, and the
// tables and parts of the guest program that few guests need.
import { MAX_DOMAIN_CHARACTERS, MAX_ENTROPY_BYTES, OP } from '../../sandbox/src/bridge.ts'

/** The answer, or null for an op that is none of these. Nothing is kept, and what is asked is bounded by its size. */
export function answerService(op: number, id: number, payload: string): string | null {
  switch (op) {
    case OP.entropy:
      return drawEntropy(id)
    case OP.domainToAscii:
      return writeInAscii(payload)
    case OP.legacyTables:
      return texts[TABLES] ?? ''
    case OP.groupText:
      return Number.isInteger(id) && id >= 0 ? (texts[FIRST_GROUP + id] ?? '') : ''
    default:
      return null
  }
}

const TABLES = 0
const FIRST_GROUP = 1
let texts: readonly string[] = []

/** @param all ASCII, as they lie beside the snapshot: tables of encodings as JSON, then by `GROUP_TEXT`. */
export function provideTexts(all: readonly string[]): void {
  texts = all
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
