// Which tier of snapshots a program gets: a guess from its text, until it has been seen what it uses. Whatever is guessed,
// it runs the same.
import { GLOBAL_TIERS, TIERS } from '../../sandbox/src/bridge.ts'
import type { Tier } from '../../sandbox/src/bridge.ts'

/** Programs that are remembered; the one that has not been seen for longest goes first. */
const MAX_KNOWN = 256
/** So much of a text is looked at: what is beyond costs its first use. */
const MAX_SCANNED_CHARACTERS = 65_536
/** So many characters of a text, spread over it, tell it from others. A wrong guess is all that can come of a mistake. */
const SAMPLES = 1_024

const LARGEST = TIERS.length - 1
const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** For each tier above the smallest, the largest first: the names of the globals that it has, as patterns. */
const NAMES = Array.from({ length: LARGEST }, (_, index) => {
  const tier = LARGEST - index
  const names = Object.keys(GLOBAL_TIERS).filter((name) => GLOBAL_TIERS[name] === tier)
  return { tier, pattern: new RegExp(String.raw`\b(?:${names.join('|')})\b`) }
})

/** The largest tier of which a global is named in the text, be it in a comment. */
export function scanForTier(code: string): Tier {
  const text = code.length > MAX_SCANNED_CHARACTERS ? code.slice(0, MAX_SCANNED_CHARACTERS) : code
  return NAMES.find(({ pattern }) => pattern.test(text))?.tier ?? 0
}

/** A number that a guest program has said, or whoever speaks for it. */
export function toTier(said: unknown): Tier {
  return typeof said === 'number' && Number.isInteger(said) && said > 0 ? Math.min(said, LARGEST) : 0
}

/** Of the programs of one executor, which are all of one tenant or of one deployment. */
export class TierChoice {
  /** By key; insertion order is the order of use. */
  readonly #known = new Map<string, { readonly tier: Tier; readonly isSeen: boolean }>()

  /** @param guess what the program got elsewhere, which counts until it has been seen here. */
  choose(code: string, guess?: Tier): Tier {
    const key = keyOf(code)
    const known = this.#known.get(key) ?? { tier: guess ?? scanForTier(code), isSeen: false }
    this.#remember(key, known)
    return known.tier
  }

  /** @param used the tier that has what the program has used; another run of it may use more. */
  learn(code: string, used: Tier): void {
    const key = keyOf(code)
    const known = this.#known.get(key)
    this.#remember(key, { tier: known?.isSeen === true ? Math.max(known.tier, used) : used, isSeen: true })
  }

  #remember(key: string, entry: { readonly tier: Tier; readonly isSeen: boolean }): void {
    this.#known.delete(key)
    this.#known.set(key, entry)
    if (this.#known.size <= MAX_KNOWN) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}

function keyOf(code: string): string {
  const stride = Math.max(1, Math.ceil(code.length / SAMPLES))
  let hash = OFFSET_BASIS
  for (let at = 0; at < code.length; at += stride) hash = Math.imul(hash ^ code.charCodeAt(at), PRIME)
  return `${code.length}:${hash >>> 0}`
}
