// Ids in the order of a time that each has, for what goes first, is due first, or is to be done first.

interface Entry {
  readonly id: string
  readonly at: number
  /** Among equal times the one that came first is first. */
  readonly order: number
}

/** A binary heap that knows where each id is, so that one can be moved or taken out wherever it stands. */
export class DueQueue {
  readonly #heap: Entry[] = []
  readonly #places = new Map<string, number>()

  get size(): number {
    return this.#heap.length
  }

  /** The earliest time; undefined when there is none. */
  get first(): number | undefined {
    return this.#heap[0]?.at
  }

  set(id: string, at: number, order: number): void {
    this.delete(id)
    const entry = { id, at, order }
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1, entry)
  }

  delete(id: string): void {
    const place = this.#places.get(id)
    const last = this.#heap.at(-1)
    if (place === undefined || last === undefined) return
    this.#heap.pop()
    this.#places.delete(id)
    if (last.id === id) return
    this.#sink(place, last)
    this.#rise(this.#places.get(last.id) ?? place, last)
  }

  /** The first id whose time has come by `at`; undefined when there is none. */
  peek(at = Number.POSITIVE_INFINITY): string | undefined {
    const first = this.#heap[0]
    return first !== undefined && first.at <= at ? first.id : undefined
  }

  /** Those whose time has come by `at`, in their order, until `isEnough` says so of one; they stay. */
  take(at: number, isEnough: (id: string) => boolean): readonly string[] {
    const taken: Entry[] = []
    for (let first = this.#heap[0]; first !== undefined && first.at <= at; first = this.#heap[0]) {
      if (isEnough(first.id)) break
      taken.push(first)
      this.delete(first.id)
    }
    for (const entry of taken) this.set(entry.id, entry.at, entry.order)
    return taken.map(({ id }) => id)
  }

  #rise(from: number, entry: Entry): void {
    let place = from
    while (place > 0) {
      const above = Math.floor((place - 1) / 2)
      const parent = this.#heap[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      this.#put(place, parent)
      place = above
    }
    this.#put(place, entry)
  }

  #sink(from: number, entry: Entry): void {
    let place = from
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (child === undefined || !isBefore(child, entry)) break
      this.#put(place, child)
      place = 2 * place + (isRight ? 2 : 1)
    }
    this.#put(place, entry)
  }

  #put(place: number, entry: Entry): void {
    this.#heap[place] = entry
    this.#places.set(entry.id, place)
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at
}
