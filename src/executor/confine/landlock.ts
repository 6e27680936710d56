// Landlock: a domain in which no file can be opened, no port used and no process outside signalled.
import type { Native } from './native.ts'
import { nativeBytes } from './native.ts'
import type { Architecture } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'

/** Every right that an ABI version knows is handled, and none is granted: all of them are denied. */
const FILE_RIGHTS_BITS: readonly { readonly sinceAbi: number; readonly bits: number }[] = [
  { sinceAbi: 9, bits: 17 },
  { sinceAbi: 5, bits: 16 },
  { sinceAbi: 3, bits: 15 },
  { sinceAbi: 2, bits: 14 },
  { sinceAbi: 1, bits: 13 },
]
/** Bind and connect of TCP. */
const NETWORK_RIGHTS = 0b11n
/** Abstract Unix sockets and signals. */
const SCOPES = 0b11n
const NETWORK_SINCE_ABI = 4
const SCOPES_SINCE_ABI = 6
const EVERY_THREAD_SINCE_ABI = 8
const EVERY_THREAD_FLAG = 1 << 3
const ASK_VERSION_FLAG = 1

export type LandlockResult =
  | {
      readonly ok: true
      readonly abi: number
      /** False on kernels before ABI 8: the calling thread and those that it starts later are in the domain. */
      readonly everyThread: boolean
    }
  | { readonly ok: false; readonly reason: string }

/** The version of Landlock that the kernel has; zero when it has none or it is switched off. */
function landlockAbi(native: Native, architecture: Architecture): number {
  const create = systemCallNumber('landlock_create_ruleset', architecture)
  return create === null ? 0 : Math.max(0, native.call(create, null, 0, ASK_VERSION_FLAG))
}

/** `struct landlock_ruleset_attr` with everything that this version knows. */
export function rulesetAttributes(abi: number): Uint8Array<ArrayBuffer> {
  const words = abi >= SCOPES_SINCE_ABI ? 3 : abi >= NETWORK_SINCE_ABI ? 2 : 1
  const bytes = nativeBytes(words * 8)
  const view = new DataView(bytes.buffer)
  const bits = FILE_RIGHTS_BITS.find(({ sinceAbi }) => abi >= sinceAbi)?.bits ?? 0
  view.setBigUint64(0, (1n << BigInt(bits)) - 1n, true)
  if (words > 1) view.setBigUint64(8, NETWORK_RIGHTS, true)
  if (words > 2) view.setBigUint64(16, SCOPES, true)
  return bytes
}

/** Enters the domain for good; no_new_privs must be set already. */
export function enterLandlock(native: Native, architecture: Architecture): LandlockResult {
  const abi = landlockAbi(native, architecture)
  const create = systemCallNumber('landlock_create_ruleset', architecture)
  const restrict = systemCallNumber('landlock_restrict_self', architecture)
  const close = systemCallNumber('close', architecture)
  if (abi === 0 || create === null || restrict === null || close === null) {
    return { ok: false, reason: 'the kernel has no Landlock, or it is switched off' }
  }
  const attributes = rulesetAttributes(abi)
  const ruleset = native.call(create, attributes, attributes.byteLength, 0)
  if (ruleset < 0) return { ok: false, reason: `landlock_create_ruleset failed with errno ${-ruleset}` }
  const everyThread = abi >= EVERY_THREAD_SINCE_ABI
  const restricted = native.call(restrict, ruleset, everyThread ? EVERY_THREAD_FLAG : 0)
  native.call(close, ruleset)
  if (restricted !== 0) return { ok: false, reason: `landlock_restrict_self failed with errno ${-restricted}` }
  return { ok: true, abi, everyThread }
}
