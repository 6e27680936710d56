// `node:buffer` in a bundle: the library's, with the encoding `base64url` and the methods that it does not have, and the globals that belong to it.

type Function_ = (...given: readonly unknown[]) => unknown

interface Library {
  readonly Buffer: Record<'from' | 'byteLength' | 'isEncoding' | 'copyBytesFrom', Function_> & {
    readonly prototype: Record<'toString' | 'write' | `${string}Slice` | `${string}Write`, Function_>
  }
}

/** Of methods that Node.js does not document and parsers of forms call. */
const ENCODINGS = ['latin1', 'utf8', 'hex', 'ascii', 'base64', 'base64url', 'ucs2'] as const

const isBase64Url = (encoding: unknown): boolean =>
  typeof encoding === 'string' && encoding.toLowerCase() === 'base64url'

/** The library reads both alphabets where it reads one. */
const asBase64 = (given: readonly unknown[]): readonly unknown[] =>
  given.map((one, index) => (index > 0 && isBase64Url(one) ? 'base64' : one))

function toUrlAlphabet(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function shim(library: Library): object {
  const { Buffer } = library
  const { from, byteLength, isEncoding, prototype } = Buffer
  const { toString, write } = prototype
  Buffer.from = (...given) => Reflect.apply(from, Buffer, typeof given[0] === 'string' ? asBase64(given) : given)
  Buffer.byteLength = (...given) => Reflect.apply(byteLength, Buffer, asBase64(given))
  Buffer.isEncoding = (encoding) => isBase64Url(encoding) || Reflect.apply(isEncoding, Buffer, [encoding])
  prototype.write = function writeText(this: unknown, ...given) {
    return Reflect.apply(write, this, asBase64(given))
  }
  prototype.toString = function toText(this: unknown, encoding, ...range) {
    if (!isBase64Url(encoding)) return Reflect.apply(toString, this, [encoding, ...range])
    return toUrlAlphabet(Reflect.apply(toString, this, ['base64', ...range]) as string)
  }
  for (const name of ENCODINGS) {
    prototype[`${name}Slice`] = function sliceText(this: { readonly toString: Function_ }, ...range) {
      return this.toString(name, ...range)
    }
    prototype[`${name}Write`] = function writeEncoded(this: { readonly write: Function_ }, text, ...range) {
      return this.write(text, ...range, name)
    }
  }
  Buffer.copyBytesFrom = (view, offset = 0, length) => {
    const { buffer, byteOffset, byteLength: all, BYTES_PER_ELEMENT: size } = view as Uint8Array<ArrayBuffer>
    const start = byteOffset + (offset as number) * size
    const end = length === undefined ? byteOffset + all : Math.min(byteOffset + all, start + (length as number) * size)
    return Reflect.apply(from, Buffer, [buffer.slice(start, end)])
  }
  return {
    ...library,
    atob: globalThis.atob,
    btoa: globalThis.btoa,
    get Blob() {
      return globalThis.Blob
    },
    get File() {
      return globalThis.File
    },
  }
}
