// From one lazy group into another: this file is part of the guest program, where each group is loaded once.
import { structuredCloneOf } from './clone/structured-clone.ts'
import { createEventKinds } from './events/event-kinds.ts'
import { blobOf, parseForm } from './files/from-body.ts'
import { createDecoder, findEncoding } from './legacy-group.ts'
import { createSubtleGlobals } from './subtle/subtle.ts'
import { createUrlGlobals, readAddress } from './url/url.ts'
import type { Address } from './url/url.ts'
import type { StreamDecoder } from './utf8.ts'

let eventKinds: object | undefined

/** Kinds of events that few programs need. */
export function loadEventKinds(): object {
  return (eventKinds ??= createEventKinds())
}

let urlGlobals: object | undefined

/** `URL` and `URLSearchParams`. */
export function loadUrlGlobals(): object {
  return (urlGlobals ??= createUrlGlobals())
}

let subtleGlobals: object | undefined

/** `SubtleCrypto`, `CryptoKey` and `subtle`. */
export function loadSubtleGlobals(): object {
  return (subtleGlobals ??= createSubtleGlobals())
}

export function cloneValue(value: unknown, options: unknown): unknown {
  return structuredCloneOf(value, options)
}

/** The name of an older encoding with this label, which is in lower case. */
export function nameLegacyEncoding(label: string): string | undefined {
  return findEncoding(label)
}

export function createLegacyDecoder(encoding: string, fatal: boolean): StreamDecoder {
  return createDecoder(encoding, fatal)
}

/** Null for what is no absolute URL. */
export function parseAddress(text: string): Address | null {
  return readAddress(text)
}

/** @param bytes which nobody else has. */
export function makeBlob(bytes: Uint8Array, type: string): object {
  return blobOf(bytes, type)
}

/** Throws for what is no form. */
export function readForm(bytes: Uint8Array, essence: string, boundary: string | undefined): object {
  return parseForm(bytes, essence, boundary)
}
