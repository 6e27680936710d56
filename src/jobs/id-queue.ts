// A queue of ids whose front costs nothing: a Map's first entry is slow to find where many have been deleted before it.

export class IdQueue {
  #ids: string[] = []
  #head = 0

  push(id: string): void {
    this.#ids.push(id)
  }

  /** The oldest id, which stays; undefined when there is none. */
  peek(): string | undefined {
    return this.#ids[this.#head]
  }

  /** Takes the oldest id away. The room of the taken ones is given back when they are the greater part. */
  shift(): void {
    this.#head += 1
    if (this.#head * 2 <= this.#ids.length) return
    this.#ids = this.#ids.slice(this.#head)
    this.#head = 0
  }
}
