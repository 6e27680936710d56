// A run of the guard: every path in a few processes, and those that seem slower in more of them before that is said.
import type { PathName } from './all-paths.ts'

export type Measure = (path: PathName) => Promise<number>

/** Enough for a path that is as before. */
const FIRST_PROCESSES = 3
/** What has been slower in so many processes is slower. */
const MOST_PROCESSES = 12

/**
 * The ratios of each path. Processes of different paths take turns, so that a slow minute of the machine is not one path's.
 * @param isDoubtful whether more processes should be asked before the path is judged.
 */
export async function runGuard(
  paths: readonly PathName[],
  measure: Measure,
  isDoubtful: (path: PathName, ratios: readonly number[]) => boolean,
): Promise<ReadonlyMap<PathName, readonly number[]>> {
  const measured = new Map<PathName, number[]>(paths.map((path) => [path, []]))
  let wanted = paths
  while (wanted.length > 0) {
    for (let process = 0; process < FIRST_PROCESSES; process++) {
      for (const path of wanted) measured.get(path)?.push(await measure(path))
    }
    wanted = wanted.filter((path) => {
      const ratios = measured.get(path) ?? []
      return ratios.length < MOST_PROCESSES && isDoubtful(path, ratios)
    })
  }
  return measured
}
