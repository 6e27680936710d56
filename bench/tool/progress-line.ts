// How far a run is, in the terminal: one line that is written over, and whole lines where there is no terminal.
import { short } from '../support/text-table.ts'
import type { CellRound, MemoryCurve } from './figures/run-document.ts'
import { mebibytes } from './report/numbers.ts'
import type { Progress } from './run-bench.ts'

export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export class ProgressLine {
  readonly #output: ProgressOutput
  readonly #startedAt: number
  #shown = ''

  constructor(output: ProgressOutput, startedAt: number) {
    this.#output = output
    this.#startedAt = startedAt
  }

  show({ done, total, label }: Progress, now: number): void {
    const left = done === 0 ? '' : `, ${clock(((now - this.#startedAt) / done) * (total - done))} left`
    this.#shown = `[${bar(done, total)}] ${done}/${total}${left}  ${label}`
    if (this.#output.isTTY === true) this.#draw()
  }

  /** A line that stays. */
  tell(text: string): void {
    if (this.#output.isTTY !== true) {
      this.#output.write(`${text}\n`)
      return
    }
    this.#output.write(`\r\u001B[K${text}\n`)
    this.#draw()
  }

  end(): void {
    if (this.#output.isTTY === true) this.#output.write('\r\u001B[K')
  }

  #draw(): void {
    const width = (this.#output.columns ?? 80) - 1
    this.#output.write(`\r\u001B[K${this.#shown.slice(0, width)}`)
  }
}

const BAR_CELLS = 20

function bar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.round((done / total) * BAR_CELLS)
  return '#'.repeat(full).padEnd(BAR_CELLS, '.')
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const rest = String(seconds % 60).padStart(2, '0')
  return `${Math.floor(seconds / 60)}:${rest}`
}

export function describeCell(cell: CellRound): string {
  const { scenario, shape, target, latencyMs, perSecond, requests, failed, problems } = cell
  const name = `${scenario} ${shape} ${target}`.padEnd(42)
  const figures =
    latencyMs === null
      ? 'no right answer'
      : `p50 ${short(latencyMs.p50)} ms, p99 ${short(latencyMs.p99)} ms, ${short(perSecond)}/s`
  const failures = failed === 0 ? '' : `, ${failed} of ${requests} failed: ${problems[0] ?? ''}`
  return `${name} ${figures}${failures}`
}

export function describeCurve({ kind, target, points, problem }: MemoryCurve): string {
  const ends = points.map(({ count, pssBytes }) => `${count}: ${mebibytes(pssBytes)}`)
  return `${`memory ${kind} ${target}`.padEnd(42)} ${ends.join(', ')}${problem === null ? '' : `; ${problem}`}`
}
