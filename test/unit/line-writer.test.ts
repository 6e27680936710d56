// Log lines go out at once, and those that belong together in one piece.
import { expect, test } from 'vitest'
import { LineWriter } from '../../src/telemetry/line-writer.ts'

function create(): { readonly lines: LineWriter; readonly writes: string[] } {
  const writes: string[] = []
  return { lines: new LineWriter({ write: (text) => void writes.push(text) }), writes }
}

test('a line is written before the call that writes it returns', () => {
  const { lines, writes } = create()
  lines.write('a\n')
  expect(writes).toEqual(['a\n'])
})

test('lines that are written together go out as one piece, in their order, at the end', () => {
  const { lines, writes } = create()
  lines.together(() => {
    lines.write('a\n')
    lines.together(() => lines.write('b\n'))
    lines.write('c\n')
    expect(writes).toEqual([])
  })
  expect(writes).toEqual(['a\nb\nc\n'])
  lines.together(() => undefined)
  lines.write('d\n')
  expect(writes).toEqual(['a\nb\nc\n', 'd\n'])
})

test('what was written before something threw is not lost', () => {
  const { lines, writes } = create()
  const fail = (): void =>
    lines.together(() => {
      lines.write('a\n')
      throw new Error('broken')
    })
  expect(fail).toThrow('broken')
  expect(writes).toEqual(['a\n'])
  lines.write('b\n')
  expect(writes).toEqual(['a\n', 'b\n'])
})
