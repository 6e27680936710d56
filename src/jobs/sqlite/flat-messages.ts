// Calls and answers on their way between the threads: a list of plain values for many of them.
//
// Each message is copied by V8, which takes two to three times as long for objects in objects as for one list. So what each
// job has, `add` and `update`, and the answers to it, are written cell by cell; what is rare stays an object.
import { JOB_COLUMNS, toCells, toJob } from './job-rows.ts'
import type { Cells } from './job-rows.ts'
import type { Answer, Call, FlatMessage, JobAndOutput, Operation, OperationType, Results } from './messages.ts'
import type { Text } from './text-codec.ts'

/** Of a job: its columns and the output. */
const JOB_CELLS = JOB_COLUMNS.length + 1

/** For each: number, time, and the operation, or its type and its cells. */
export function writeCalls(calls: readonly Call[]): FlatMessage {
  const cells: unknown[] = []
  for (const { number, now, operation } of calls) {
    switch (operation.type) {
      case 'add': {
        const { type, job, output, input } = operation
        cells.push(number, now, type, ...toCells(job), output, input.head, input.code, input.input)
        break
      }
      case 'update': {
        const { type, job, output } = operation
        cells.push(number, now, type, ...toCells(job), output)
        break
      }
      default:
        cells.push(number, now, operation)
    }
  }
  return cells
}

export function readCalls(cells: FlatMessage): readonly Call[] {
  const calls: Call[] = []
  let at = 0
  while (at < cells.length) {
    const number = cells[at] as number
    const now = cells[at + 1] as number
    const type = cells[at + 2] as 'add' | 'update' | Operation
    at += 3
    if (typeof type === 'object') {
      calls.push({ number, now, operation: type })
      continue
    }
    const { job, output } = readJob(cells, at)
    at += JOB_CELLS
    if (type === 'update') {
      calls.push({ number, now, operation: { type, job, output } })
      continue
    }
    const input = { head: cells[at] as Text, code: cells[at + 1] as Text, input: cells[at + 2] as Text }
    at += 3
    calls.push({ number, now, operation: { type, job, output, input } })
  }
  return calls
}

/** For each: number and result, or the answer when it failed or has large texts. */
export function writeAnswers(answers: readonly Answer[]): FlatMessage {
  const cells: unknown[] = []
  for (const answer of answers) {
    if (answer.type === 'done' && answer.bytes === 0) cells.push(answer.number, answer.result)
    else cells.push(answer)
  }
  return cells
}

export function readAnswers(cells: FlatMessage): readonly Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at] as number | Answer
    if (typeof cell === 'number') {
      at += 1
      answers.push({ type: 'done', number: cell, result: cells[at] as Results[OperationType], bytes: 0 })
    } else answers.push(cell)
  }
  return answers
}

function readJob(cells: FlatMessage, at: number): JobAndOutput {
  const output = at + JOB_COLUMNS.length
  return { job: toJob(cells.slice(at, output) as Cells), output: cells[output] as Text | null }
}
