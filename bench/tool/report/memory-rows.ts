// Curves of memory as figures: what each further isolate or program costs.
import type { MemoryCurve, MemoryKind, RunDocument } from '../figures/run-document.ts'
import { digits, mebibytes } from './numbers.ts'

export const MEMORY_TITLES: Readonly<Record<MemoryKind, { readonly title: string; readonly axis: string }>> = {
  'idle-instances': { title: 'Memory of idle isolates', axis: 'instances that are kept' },
  'distinct-programs': { title: 'Memory after different programs', axis: 'different programs that have run' },
}

export const MEMORY_KINDS = Object.keys(MEMORY_TITLES) as readonly MemoryKind[]

export interface TitledCurve {
  readonly title: string
  readonly curve: MemoryCurve
}

export function curvesOf(run: RunDocument, kind: MemoryKind): readonly TitledCurve[] {
  return run.memory
    .filter((curve) => curve.kind === kind)
    .map((curve) => ({ curve, title: run.targets.find(({ name }) => name === curve.target)?.title ?? curve.target }))
}

/** Target, first and last point, what each of the counted costs, and what ended the curve early. */
export function memoryRow({ title, curve: { points, problem } }: TitledCurve): readonly string[] {
  const first = points[0]
  const last = points.at(-1)
  const counted = (last?.count ?? 0) - (first?.count ?? 0)
  const grown = (last?.pssBytes ?? Number.NaN) - (first?.pssBytes ?? Number.NaN)
  return [
    title,
    mebibytes(first?.pssBytes ?? Number.NaN),
    last === undefined ? '–' : `${mebibytes(last.pssBytes)} at ${digits(last.count)}`,
    counted > 0 ? `${digits(grown / counted / 1_024)} KB` : '–',
    problem ?? '',
  ]
}

export const MEMORY_COLUMNS = ['target', 'at the start', 'at the end', 'each', ''] as const
