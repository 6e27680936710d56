// What an executor tells by the way, counted: each kind of it comes once for a task at most.

/** `idle`, `retired` and `codeCache`: an isolate and its cache are made for one task, and cleared away after one. */
const ASIDES_PER_TASK = 3

export class Asides {
  #count = 0

  /** Throws, as for any frame that breaks the contract, when there were more than so many tasks can bring about. */
  count(tasks: number): void {
    this.#count++
    if (this.#count > ASIDES_PER_TASK * tasks) throw new Error('frame: more asides than tasks')
  }
}
