// Reads what a run left: run.json, or run.jsonl of a run that was stopped.
import { readFileSync } from 'node:fs'
import { RUN_FORMAT } from './run-document.ts'
import type { CellRound, MemoryCurve, RunDocument, RunHead, RunLine } from './run-document.ts'

/** Throws with a sentence when the file is none of these. */
export function readRun(path: string): RunDocument {
  const text = readFileSync(path, 'utf8')
  const run: unknown = path.endsWith('.jsonl') ? fromLines(text, path) : JSON.parse(text)
  const isRun = typeof run === 'object' && run !== null && 'format' in run && run.format === RUN_FORMAT
  if (!isRun) throw new Error(`${path} is no run of this benchmark (${RUN_FORMAT}).`)
  return run as unknown as RunDocument
}

export function fromLines(text: string, path: string): RunDocument {
  let head: RunHead | null = null
  const cells: CellRound[] = []
  const memory: MemoryCurve[] = []
  const broken: string[] = []
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const { type, ...rest } = JSON.parse(line) as RunLine
    if (type === 'head') head = rest as RunHead
    else if (type === 'cell') cells.push(rest as CellRound)
    else if (type === 'memory') memory.push(rest as MemoryCurve)
    else broken.push((rest as { readonly what: string }).what)
  }
  if (head === null) throw new Error(`${path} has no line that says what was run.`)
  return { ...head, cells, memory, broken }
}
