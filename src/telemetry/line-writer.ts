// Where log lines go: each is written before the call that logs it returns, and those of many requests together.
import type { DestinationStream } from 'pino'

/**
 * Nothing that it was given is lost when the process is killed, at a cost of a few microseconds a write more than collecting
 * lines in the background would have. So standard output must be read: a full pipe stops the service.
 */
export class LineWriter implements DestinationStream {
  readonly #to: DestinationStream
  #held: string[] | null = null

  constructor(to: DestinationStream) {
    this.#to = to
  }

  write(line: string): void {
    if (this.#held === null) this.#to.write(line)
    else this.#held.push(line)
  }

  /** What `run` logs is written at its end, in one piece. */
  together(run: () => void): void {
    if (this.#held !== null) {
      run()
      return
    }
    const held: string[] = []
    this.#held = held
    try {
      run()
    } finally {
      this.#held = null
      if (held.length > 0) this.#to.write(held.join(''))
    }
  }
}
