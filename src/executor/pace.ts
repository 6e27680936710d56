// Which functions of a module have been quick: those are entered on the executor's own thread, without the two turns of the
// scheduler that a pool thread costs, and which take longer than they do.

/** Long enough for what most functions do, and nothing that an executor's thread would be missed for. */
const QUICK_MS = 5
/** So many quick entries in a row make a function quick, and one that is not ends that. */
const QUICK_ENTRIES = 16
/** A longer input has to be decoded, which can take as long as the function. */
const QUICK_INPUT_CHARACTERS = 64 * 1024
/** More functions than a module is called by; those beyond have to wait their turn to be known. */
const MAX_FUNCTIONS = 256

export class Pace {
  readonly #quickEntries = new Map<string, number>()

  /** Whether an entry for a call of the function is likely to be over in a few milliseconds. */
  isQuick(name: string, input: string): boolean {
    return input.length <= QUICK_INPUT_CHARACTERS && (this.#quickEntries.get(name) ?? 0) >= QUICK_ENTRIES
  }

  /** Learns from an entry that is over. */
  entryTook(name: string, ms: number): void {
    if (ms > QUICK_MS) this.#quickEntries.delete(name)
    else if (this.#quickEntries.has(name) || this.#quickEntries.size < MAX_FUNCTIONS)
      this.#quickEntries.set(name, (this.#quickEntries.get(name) ?? 0) + 1)
  }
}
