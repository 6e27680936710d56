// What is asked of Landlock, version by version, against a kernel that a function plays.
import { describe, expect, it } from 'vitest'
import { enterLandlock, rulesetAttributes } from '../../src/executor/confine/landlock.ts'
import type { Native, NativeArgument } from '../../src/executor/confine/native.ts'

const EVERY_THREAD = 8

function words(bytes: Uint8Array<ArrayBuffer>): bigint[] {
  return [...new BigUint64Array(bytes.buffer)]
}

/** Plays a kernel of one Landlock version and notes the flags of the last restriction. */
function kernel(
  abi: number,
  restricted = 0,
): { readonly native: Native; readonly flags: () => NativeArgument | undefined } {
  let flags: NativeArgument | undefined
  const call = (number: number, ...args: readonly NativeArgument[]): number => {
    if (number === 444) return args[0] === null ? abi : 7
    if (number === 446) flags = args[1]
    return number === 446 ? restricted : 0
  }
  return {
    native: {
      call,
      renewEventLoop: () => true,
      tuneAllocator: () => true,
      addressOf: () => 0n,
      close: () => undefined,
    },
    flags: () => flags,
  }
}

describe('the Landlock ruleset', () => {
  it('handles every right that the version knows, in the structure of that version', () => {
    expect(words(rulesetAttributes(1))).toEqual([0x1fffn])
    expect(words(rulesetAttributes(2))).toEqual([0x3fffn])
    expect(words(rulesetAttributes(3))).toEqual([0x7fffn])
    expect(words(rulesetAttributes(4))).toEqual([0x7fffn, 3n])
    expect(words(rulesetAttributes(5))).toEqual([0xffffn, 3n])
    expect(words(rulesetAttributes(7))).toEqual([0xffffn, 3n, 3n])
    expect(words(rulesetAttributes(9))).toEqual([0x1ffffn, 3n, 3n])
  })

  it('covers every thread where the kernel can, and says where it cannot', () => {
    const old = kernel(7)
    expect(enterLandlock(old.native, 'x64')).toEqual({ ok: true, abi: 7, everyThread: false })
    expect(old.flags()).toBe(0)
    const recent = kernel(8)
    expect(enterLandlock(recent.native, 'arm64')).toEqual({ ok: true, abi: 8, everyThread: true })
    expect(recent.flags()).toBe(EVERY_THREAD)
  })

  it('is missing, with a reason, where the kernel has none or refuses it', () => {
    expect(enterLandlock(kernel(-95).native, 'x64')).toEqual({
      ok: false,
      reason: 'the kernel has no Landlock, or it is switched off',
    })
    expect(enterLandlock(kernel(7, -1).native, 'x64')).toEqual({
      ok: false,
      reason: 'landlock_restrict_self failed with errno 1',
    })
  })
})
