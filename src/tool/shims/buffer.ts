// `node:buffer` in a bundle: the library's, with the encoding `base64url`, which it does not have, and the globals that belong to it.

type Function_ = (...given: readonly unknown[]) => unknown

interface Library {
  readonly Buffer: Record<'from' | 'byteLength' | 'isEncoding', Function_> & {
    readonly prototype: Record<'toString' | 'write', Function_>
  }
}

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
