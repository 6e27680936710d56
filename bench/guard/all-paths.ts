// The hot paths by name. Each is loaded by a process that loads no other.
import type { PreparePath } from './guarded-path.ts'

export const PATH_NAMES = [
  'virgin-isolate',
  'live-task',
  'warm-call',
  'front-execute',
  'front-route',
  'frames',
  'pickle',
] as const
export type PathName = (typeof PATH_NAMES)[number]

export function isPathName(name: string): name is PathName {
  return PATH_NAMES.some((each) => each === name)
}

export async function loadPath(name: PathName): Promise<PreparePath> {
  switch (name) {
    case 'virgin-isolate':
      return (await import('./paths/virgin-isolate.ts')).prepareVirginIsolate
    case 'live-task':
      return (await import('./paths/live-task.ts')).prepareLiveTask
    case 'warm-call':
      return (await import('./paths/warm-call.ts')).prepareWarmCall
    case 'front-execute':
      return (await import('./paths/front-execute.ts')).prepareFrontExecute
    case 'front-route':
      return (await import('./paths/front-route.ts')).prepareFrontRoute
    case 'frames':
      return (await import('./paths/frames.ts')).prepareFrames
    case 'pickle':
      return (await import('./paths/pickle.ts')).preparePickle
    default:
      return name satisfies never
  }
}
