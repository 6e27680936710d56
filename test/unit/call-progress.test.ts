// The executor's side of progress: what goes out, and what is dropped.
import { expect, test } from 'vitest'
import { CallProgress } from '../../src/executor/call-progress.ts'

function create() {
  const sent: string[] = []
  return { sent, progress: new CallProgress((text) => sent.push(text)) }
}

test('of what is said while one is on its way, the latest goes out when that is taken', () => {
  const { sent, progress } = create()
  for (const text of ['1', '2', '3']) progress.say(text)
  expect(sent).toEqual(['1'])
  progress.taken()
  expect(sent).toEqual(['1', '3'])
  progress.taken()
  progress.say('4')
  expect(sent).toEqual(['1', '3', '4'])
})

test('what is longer than it may be is dropped, whoever says it', () => {
  const { sent, progress } = create()
  progress.say('é'.repeat(32 * 1024 + 1))
  progress.say('é'.repeat(32 * 1024))
  expect(sent).toHaveLength(1)
})
