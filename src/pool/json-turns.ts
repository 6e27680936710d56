// Long JSON of executors is looked at in steps, one step of one text in each turn of the event loop, so that others are answered
// between.
import { JsonWalk, STEP_CHARACTERS } from './check-json.ts'

interface Looking {
  readonly walk: JsonWalk
  readonly onKnown: (isJson: boolean) => void
}

export class JsonTurns {
  /** In the order of their turns. */
  readonly #looking: Looking[] = []

  /** Calls back in a later turn, with whether the text is JSON. */
  look(text: string, onKnown: (isJson: boolean) => void): void {
    if (this.#looking.push({ walk: new JsonWalk(text, STEP_CHARACTERS), onKnown }) === 1) this.#plan()
  }

  #plan(): void {
    setImmediate(() => {
      const next = this.#looking.shift()
      if (next === undefined) return
      const isJson = next.walk.step()
      if (isJson === null) this.#looking.push(next)
      if (this.#looking.length > 0) this.#plan()
      if (isJson !== null) next.onKnown(isJson)
    })
  }
}
