// How a failed call of a deployed function is told: one line as upstream has it, the stack behind what was printed.
import { describe, expect, test } from 'vitest'
import type { Invocation } from '../../src/core/invocation.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { ErrorCode, Failure } from '../../src/errors.ts'
import { explainFlash } from '../../src/execution/explain-flash.ts'

const USAGE = { cpuMs: 1, wallMs: 2, phases: {} }
const INVOCATION: Invocation = {
  kind: 'function',
  name: 'f',
  source: {
    mode: 'flash',
    deployment: 'default@1',
    maxConcurrency: 1,
    module: { name: 'a.b', kind: 'script', code: '', hash: 'h', fileName: 'a/b.js' },
  },
  input: { format: 'json', text: '{}' },
}
const failedWith = (failure: Failure, stdout: string | null = 'said\n'): Extract<Outcome, { ok: false }> => ({
  ok: false,
  failure,
  stdout,
  usage: USAGE,
})

describe('a failure of the deployed function', () => {
  test('has the one line of upstream, and the bare message beside it', () => {
    const { failure } = explainFlash(failedWith({ code: 'GUEST_THREW', message: 'no' }), INVOCATION)
    expect(failure).toEqual({
      code: 'GUEST_THREW',
      message: "Failed to execute Flash function 'f': no",
      detail: 'no',
    })
  })

  test('has its stack behind what was printed', () => {
    const told = explainFlash(
      failedWith({ code: 'GUEST_THREW', message: 'no', stack: 'Error: no\n  at f' }),
      INVOCATION,
    )
    expect(told.stdout).toBe('said\nError: no\n  at f\n')
    expect(told.failure.stack).toBeUndefined()
  })

  test('without anything printed has its stack alone', () => {
    const told = explainFlash(failedWith({ code: 'GUEST_THREW', message: 'no', stack: 's' }, null), INVOCATION)
    expect(told.stdout).toBe('s\n')
  })

  test('that is an absent name is told as a missing attribute', () => {
    const told = explainFlash(failedWith({ code: 'ENTRY_NOT_FOUND', message: 'f' }), INVOCATION)
    expect(told.failure.message).toBe("Failed to execute Flash function 'f': module 'a.b' has no attribute 'f'")
  })

  test('that is an absent method is told in its own words', () => {
    const message = "Method 'm' not found in class 'f'"
    const told = explainFlash(failedWith({ code: 'ENTRY_NOT_FOUND', message }), INVOCATION)
    expect(told.failure.message).toBe(`Failed to execute Flash function 'f': ${message}`)
  })
})

describe('what is no failure of the function', () => {
  test.for<ErrorCode>(['LIMIT_CPU', 'LIMIT_WALL', 'EXECUTOR_LOST', 'CANCELLED', 'QUEUE_FULL', 'RESULT_NOT_ENCODABLE'])(
    '%s is told as it is',
    (code) => {
      const outcome = failedWith({ code, message: 'm', limit: 1, used: 2 })
      expect(explainFlash(outcome, INVOCATION)).toBe(outcome)
    },
  )

  test('but comes from code in the request is told as it is', () => {
    const outcome = failedWith({ code: 'GUEST_THREW', message: 'm' })
    const source = { mode: 'live', language: 'javascript', code: '' } as const
    expect(explainFlash(outcome, { ...INVOCATION, source })).toBe(outcome)
  })
})
