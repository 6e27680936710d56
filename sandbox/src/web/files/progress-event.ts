// ProgressEvent of the XMLHttpRequest standard.
import { TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDouble } from '../convert.ts'
import { createBelow } from '../events/below.ts'
import { needArguments, readOptions } from '../interface.ts'

interface Progress {
  readonly lengthComputable: boolean
  readonly loaded: number
  readonly total: number
}

const { make, factsOf, shape } = createBelow<Progress>('ProgressEvent', 'Event')

export class ProgressEvent {
  constructor(type: unknown, init: unknown = undefined) {
    needArguments(arguments.length, 1, 'ProgressEvent')
    // oxlint-disable-next-line no-constructor-return -- as all classes below those of the DOM
    return make([type, init], new.target, () => readProgress(init)) as ProgressEvent
  }

  get lengthComputable(): boolean {
    return factsOf(this).lengthComputable
  }

  get loaded(): number {
    return factsOf(this).loaded
  }

  get total(): number {
    return factsOf(this).total
  }
}

/** Called once, before anybody has the class. */
export function shapeProgressEvent(): void {
  shape(ProgressEvent)
}

function readProgress(init: unknown): Progress {
  const { lengthComputable, loaded, total } = readOptions(init, 'ProgressEvent') as {
    lengthComputable?: unknown
    loaded?: unknown
    total?: unknown
  }
  return {
    __proto__: null,
    lengthComputable: !!lengthComputable,
    loaded: toAmount(loaded, 'loaded'),
    total: toAmount(total, 'total'),
  } as Progress
}

function toAmount(value: unknown, what: string): number {
  const amount = value === undefined ? 0 : toDouble(value)
  if (amount - amount === 0) return amount
  throw new TypeErrorIntrinsic(`ProgressEvent: '${what}' must be a finite number`)
}
