// A virgin isolate with the guest program booted: made ahead of a task, used by exactly one, then thrown away.
import type Ivm from 'isolated-vm'
import type { Entry, Send, Tier } from '../../sandbox/src/bridge.ts'
import { BOOT_GLOBAL } from '../../sandbox/src/bridge.ts'
import { answerService } from './guest-services.ts'
import { ivm } from './load-isolated-vm.ts'
import { toTier } from './tier-choice.ts'

export interface SlotOptions {
  readonly memoryMb: number
  /** How much log the guest keeps unless a task is to have less. */
  readonly logBytes: number
  readonly snapshot: Ivm.ExternalCopy<ArrayBuffer>
  /** Which tier the snapshot is of; absent for the smallest. */
  readonly tier?: Tier
  /** Leaves WebAssembly, SharedArrayBuffer, Atomics and resizable buffers in place. */
  readonly guestWasm: boolean
  /** Compiles the codec of pickles ahead of the task. */
  readonly expectsPickles?: boolean
  /** V8 cannot go on with this isolate or with this process. */
  readonly onCatastrophe: (reason: string) => void
}

/** The function of the snapshot that wires an isolate. */
type Boot = (...args: readonly unknown[]) => Entry

export interface Slot {
  readonly isolate: Ivm.Isolate
  readonly context: Ivm.Context
  readonly logBytes: number
  readonly tier: Tier
  /** Whether it was made before somebody asked for it. */
  isolateKind: 'virgin' | 'cold'
  /** The smallest tier that has what the code has used, as the guest program said at the end of a call: a hint. */
  usedTier: Tier
  /** Applies the guest's entry function under a timeout, always with plain numbers and strings. */
  readonly enter: (kind: number, id: number, payload: string, timeoutMs: number) => Promise<unknown>
  /**
   * The same on this thread, which does nothing else meanwhile; throws what `enter` rejects with. Never to be called while
   * the guest waits for a callback: isolated-vm would then run its microtasks under no timeout.
   */
  readonly enterNow: (kind: number, id: number, payload: string, timeoutMs: number) => void
  /** Who hears the guest; a slot without a task has nobody to talk to. */
  onSend: Send | null
}

/** Every option object that reaches isolated-vm has no prototype, so that nothing can be added to it from outside. */
export function bare<T extends object>(options: T): T {
  return Object.assign(Object.create(null) as T, options)
}

/**
 * Makes an isolate and boots the guest program in it, about a millisecond of this thread. Synchronous, since only trusted
 * code runs here and each hop to a pool thread and back costs more than the work; nothing may be running in an isolate.
 */
export function createSlot(options: SlotOptions): Slot {
  const isolate = new ivm.Isolate(
    bare({
      memoryLimit: options.memoryMb,
      snapshot: options.snapshot,
      onCatastrophicError: options.onCatastrophe,
    }),
  )
  const context = isolate.createContextSync()
  let isHearing = false
  let booted: Slot | null = null
  const heard = (op: unknown, id: unknown, payload: unknown, usedTier: unknown = 0): string => {
    if (typeof op !== 'number' || typeof id !== 'number' || typeof payload !== 'string') return ''
    // While it boots, the guest program may ask for parts of itself.
    if (booted === null) return answerService(op, id, payload) ?? ''
    booted.usedTier = Math.max(booted.usedTier, toTier(usedTier))
    isHearing = true
    try {
      if (booted.onSend === null) return ''
      return answerService(op, id, payload) ?? booted.onSend(op, id, payload)
    } finally {
      isHearing = false
    }
  }
  const { global } = context
  // By reference: a script that calls it would have to be compiled in each isolate.
  const boot = global.getSync(BOOT_GLOBAL, bare({ reference: true as const })) as Ivm.Reference<Boot>
  const entry = boot.applySync(
    undefined,
    // Waiting for the host costs two turns of the scheduler; an end has nothing to wait for, and comes once a call.
    [
      new ivm.Callback(heard),
      new ivm.Callback(heard, bare({ ignored: true as const })),
      options.guestWasm,
      options.logBytes,
      options.expectsPickles === true,
    ],
    bare({ result: bare({ reference: true as const }) }),
  )
  const slot: Slot = {
    isolate,
    context,
    logBytes: options.logBytes,
    tier: options.tier ?? 0,
    isolateKind: 'cold',
    usedTier: 0,
    enter: (kind, id, payload, timeoutMs) => entry.apply(undefined, [kind, id, payload], bare({ timeout: timeoutMs })),
    enterNow: (kind, id, payload, timeoutMs) => {
      if (isHearing) throw new Error('The guest waits for a callback, and must not be entered.')
      entry.applySync(undefined, [kind, id, payload], bare({ timeout: timeoutMs }))
    },
    onSend: null,
  }
  booted = slot
  return slot
}

/** Throws the isolate away. The last reference goes on a pool thread, which keeps the tear-down off the main thread. */
export function disposeSlot(slot: Slot, isIdle: boolean): void {
  slot.onSend = null
  if (slot.isolate.isDisposed) return
  if (isIdle) slot.context.evalIgnored('0')
  slot.isolate.dispose()
}
