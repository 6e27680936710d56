// What importKey takes: bytes or a JSON Web Key, of which the members with a meaning are read.
import { isObject, jsonStringify, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { bytesOf } from '../bytes.ts'
import { toDomString } from '../convert.ts'
import { readSequence } from '../sequence.ts'
import { writeBytes } from './bytes.ts'

const FORMATS = {
  __proto__: null,
  raw: true,
  'raw-public': true,
  'raw-seed': true,
  'raw-secret': true,
  'raw-private': true,
  spki: true,
  pkcs8: true,
  jwk: true,
}

export function toFormat(value: unknown): string {
  const format = toDomString(value)
  if (format in FORMATS) return format
  throw new TypeErrorIntrinsic(`crypto.subtle: '${format}' is no format of keys`)
}

const USAGES = {
  __proto__: null,
  encrypt: true,
  decrypt: true,
  sign: true,
  verify: true,
  deriveKey: true,
  deriveBits: true,
  wrapKey: true,
  unwrapKey: true,
  encapsulateBits: true,
  decapsulateBits: true,
  encapsulateKey: true,
  decapsulateKey: true,
}

/** JSON of a list of usages, each once. */
export function writeUsages(value: unknown): string {
  const known = { __proto__: null } as unknown as Record<string, boolean>
  let text = ''
  readSequence(value, 'crypto.subtle: the usages', (item) => {
    const usage = toDomString(item)
    if (!(usage in USAGES)) throw new TypeErrorIntrinsic(`crypto.subtle: '${usage}' is no usage of a key`)
    if (known[usage] === true) return
    known[usage] = true
    text += `${text === '' ? '' : ','}"${usage}"`
  })
  return `[${text}]`
}

/** In the order in which Web IDL reads them. */
const MEMBERS = {
  __proto__: null,
  alg: 't',
  crv: 't',
  d: 't',
  dp: 't',
  dq: 't',
  e: 't',
  ext: 'b',
  k: 't',
  key_ops: 'l',
  kty: 't',
  n: 't',
  oth: 'o',
  p: 't',
  priv: 't',
  pub: 't',
  q: 't',
  qi: 't',
  use: 't',
  x: 't',
  y: 't',
} as unknown as Readonly<Record<string, string>>

/** A member of the operation in JSON, `data` or `jwk`. Nothing is copied before the format is known to be the right one. */
export function writeKeyData(format: string, value: unknown): string {
  const bytes = bytesOf(value)
  if (bytes === undefined && value !== undefined && value !== null && !isObject(value)) {
    throw new TypeErrorIntrinsic('crypto.subtle: the key must be bytes or a JSON Web Key')
  }
  if ((format === 'jwk') === (bytes !== undefined)) {
    const wanted = format === 'jwk' ? 'a JSON Web Key' : 'bytes'
    throw new TypeErrorIntrinsic(`crypto.subtle: with the format '${format}' the key must be ${wanted}`)
  }
  return bytes === undefined ? `"jwk":${writeJwk(value)}` : `"data":${writeBytes(bytes)}`
}

function writeJwk(value: unknown): string {
  let text = ''
  if (isObject(value)) {
    for (const name in MEMBERS) {
      const member = value[name as keyof object] as unknown
      if (member === undefined) continue
      text += `${text === '' ? '' : ','}"${name}":${writeMember(member, MEMBERS[name] as string, name)}`
    }
  }
  return `{${text}}`
}

function writeMember(value: unknown, kind: string, name: string): string {
  if (kind === 't') return jsonStringify(toDomString(value))
  if (kind === 'b') return value ? 'true' : 'false'
  let list = ''
  readSequence(value, `crypto.subtle: the member '${name}' of the key`, (item) => {
    if (kind === 'l') list += `${list === '' ? '' : ','}${jsonStringify(toDomString(item))}`
  })
  return `[${list}]`
}
