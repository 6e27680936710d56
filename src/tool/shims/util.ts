// What `node:util` has beside what the library has that stands in for it.

/** As V8 and terminals write them: CSI sequences, and those that end with a bell or a string terminator. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/gu

interface Constructor {
  readonly prototype: object
  super_?: unknown
}

export const shim = {
  TextEncoder: globalThis.TextEncoder,
  TextDecoder: globalThis.TextDecoder,
  stripVTControlCharacters: (text: string): string => text.replaceAll(ESCAPES, ''),
  toUSVString: (text: unknown): string => String(text).toWellFormed(),
  styleText: (_format: unknown, text: string): string => text,
  inherits(child: Constructor, parent: Constructor): void {
    Object.defineProperty(child, 'super_', { value: parent, writable: true, configurable: true })
    Object.setPrototypeOf(child.prototype, parent.prototype)
  },
}
