// A task of code that came with a request, for tests of what only carries it.
import type { Invocation } from '../../src/core/invocation.ts'
import type { Limits } from '../../src/core/limits.ts'
import type { Task } from '../../src/core/task.ts'

export function liveTask(limits: Limits, more: Partial<Invocation> = {}): Task {
  return {
    id: 'a',
    tenant: 'default',
    limits,
    invocation: {
      kind: 'function',
      source: { mode: 'live', language: 'javascript', code: '' },
      name: 'f',
      input: { format: 'json', text: '{"args":[],"kwargs":{}}' },
      ...more,
    },
  }
}
