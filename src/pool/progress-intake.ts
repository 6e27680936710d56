// What the code of one task says of its progress, as it comes from its executor: checked, handed on, and answered when it is
// taken, so that the next may come.
import type { ExecuteOptions } from '../core/executor.ts'
import { MAX_PROGRESS_BYTES } from '../core/limits.ts'
import { checkChunk } from './check-value.ts'

export interface ProgressIntakeOptions {
  readonly onEvent: ExecuteOptions['onEvent']
  /** The executor may send the next. */
  readonly onTaken: () => void
}

export class ProgressIntake {
  readonly #options: ProgressIntakeOptions
  #isTaking = false

  constructor(options: ProgressIntakeOptions) {
    this.#options = options
  }

  /** Throws an Error when the executor broke the contract; its process is then killed. */
  take(parts: readonly string[]): void {
    const { onEvent, onTaken } = this.#options
    const [value] = parts
    if (onEvent === undefined) throw new Error('frame: progress that nobody asked for')
    if (value === undefined || parts.length > 1) throw new Error('frame: progress without one value')
    if (this.#isTaking) throw new Error('frame: progress that nobody waits for')
    checkChunk(value, 'json', MAX_PROGRESS_BYTES)
    this.#isTaking = true
    const taken = (): void => {
      this.#isTaking = false
      onTaken()
    }
    onEvent({ type: 'progress', value }).then(taken, taken)
  }
}
