// Room for the inputs of jobs that come from the store: who finds none waits for some.

export interface RoomLease {
  release(): void
}

/** How often it is looked for when nobody has given any back. */
const LOOK_MS = 100

export class InputRoom {
  readonly #reserve: (characters: number) => RoomLease | null
  #given = Promise.withResolvers<void>()

  /** @param reserve null when there is no room now. */
  constructor(reserve: (characters: number) => RoomLease | null) {
    this.#reserve = reserve
  }

  /** Somebody has given room back. */
  tell(): void {
    this.#given.resolve()
    this.#given = Promise.withResolvers()
  }

  async take(characters: number): Promise<RoomLease> {
    for (;;) {
      const lease = this.#reserve(characters)
      if (lease !== null) return lease
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, LOOK_MS)
      // oxlint-disable-next-line no-await-in-loop -- until there is room
      await Promise.race([this.#given.promise, promise])
      clearTimeout(timer)
    }
  }
}
