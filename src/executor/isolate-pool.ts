// Keeps a few virgin isolates ready, made one at a time while no task runs, of the tiers that the last tasks wanted.
import type { Tier } from '../../sandbox/src/bridge.ts'
import type { ValueFormat } from '../core/invocation.ts'
import type { SnapshotBlob } from './load-snapshot.ts'
import type { Slot, SlotOptions } from './slot.ts'
import { createSlot, disposeSlot } from './slot.ts'

/** So many tasks decide what is kept ready: long enough for a pattern, short enough to follow when it changes. */
const REMEMBERED_TASKS = 8

export interface IsolatePoolOptions extends Omit<SlotOptions, 'snapshot' | 'tier'> {
  readonly snapshots: { readonly get: (tier: Tier) => SnapshotBlob }
  /** How many isolates wait ready when the executor has had time. */
  readonly ready: number
  /** Called when an isolate cannot be made: the executor is then of no use. */
  readonly onFailure: (error: unknown) => void
}

export interface WantedIsolate {
  readonly memoryMb: number
  readonly format: ValueFormat
  readonly tier: Tier
  /** Whether no other tier will do, as when there is a code cache, which fits one tier only. */
  readonly isExact?: boolean
}

export class IsolatePool {
  readonly #options: IsolatePoolOptions
  #ready: Slot[] = []
  #paused = false
  #making: Promise<void> | null = null
  /** Clients keep to one format: the next task is likely to have that of the last one. */
  #expectsPickles = false
  /** The tiers that the last tasks wanted, the latest first. */
  #wanted: readonly Tier[] = []

  constructor(options: IsolatePoolOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#ready.length
  }

  /**
   * An isolate that no guest code has used; one made ahead if its memory limit is the one that is asked for. One of another
   * tier is better than none: what it lacks is made at first use, in less time than an isolate.
   */
  take({ memoryMb, format, tier, isExact = false }: WantedIsolate): Slot {
    this.#expectsPickles = format === 'cloudpickle'
    this.#wanted = [tier, ...this.#wanted.slice(0, REMEMBERED_TASKS - 1)]
    if (memoryMb === this.#options.memoryMb) {
      const ready = this.#findReady(tier, isExact)
      if (ready !== undefined) {
        this.#ready = this.#ready.filter((slot) => slot !== ready)
        ready.isolateKind = 'virgin'
        return ready
      }
    }
    return this.#create(tier, memoryMb)
  }

  /** The tier itself, else the smallest above it, else the largest below. */
  #findReady(tier: Tier, isExact: boolean): Slot | undefined {
    let best: Slot | undefined
    for (const slot of this.#ready) {
      if (isExact ? slot.tier === tier && best === undefined : distance(slot, tier) < distance(best, tier)) best = slot
    }
    return best
  }

  /** No isolate is made while a task runs: its processor time would be charged to the task. */
  pause(): void {
    this.#paused = true
  }

  /** Fills up, leaving the event loop free between two isolates; resolves when nothing more is to be made. */
  async resume(): Promise<void> {
    this.#paused = false
    this.#making ??= this.#fill().finally(() => {
      this.#making = null
    })
    return this.#making
  }

  async #fill(): Promise<void> {
    while (!this.#paused && this.#ready.length < this.#options.ready) {
      try {
        this.#ready.push(this.#create(this.#missingTier(), this.#options.memoryMb, this.#expectsPickles))
      } catch (error) {
        this.#options.onFailure(error)
        return
      }
      // oxlint-disable-next-line no-await-in-loop -- one isolate at a time, so that a task can come in between
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Of which there are too few for the share that it has in the last tasks; the latest one's where that is even. */
  #missingTier(): Tier {
    let missing: Tier = 0
    let most = 0
    for (const tier of new Set(this.#wanted)) {
      const share = this.#wanted.filter((wanted) => wanted === tier).length / this.#wanted.length
      const lack = share * this.#options.ready - this.#ready.filter((slot) => slot.tier === tier).length
      if (lack > most) {
        missing = tier
        most = lack
      }
    }
    return missing
  }

  #create(tier: Tier, memoryMb: number, expectsPickles = false): Slot {
    const snapshot = this.#options.snapshots.get(tier)
    return createSlot({ ...this.#options, snapshot, tier, memoryMb, expectsPickles })
  }

  dispose(): void {
    for (const slot of this.#ready) disposeSlot(slot, true)
    this.#ready = []
  }
}

/** Larger for a tier below than for any above, and largest for no isolate. */
function distance(slot: Slot | undefined, tier: Tier): number {
  if (slot === undefined) return Number.POSITIVE_INFINITY
  return slot.tier >= tier ? slot.tier - tier : 1_000 + tier - slot.tier
}
