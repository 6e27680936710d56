// navigator, with the one member that every runtime has.
import { OWN_KEY, refuseConstruction, shapeInterface } from './interface.ts'

/** Without a version: code that asks for features finds them, and nobody learns which faults a service has. */
const USER_AGENT = 'worker-isolate'

export function createNavigatorGlobals(): object {
  shapeInterface(Navigator, 'Navigator')
  return { __proto__: null, Navigator, navigator: new Navigator(OWN_KEY) }
}

class Navigator {
  readonly #userAgent: string

  constructor(key: unknown = undefined) {
    refuseConstruction(key)
    this.#userAgent = USER_AGENT
  }

  get userAgent(): string {
    return this.#userAgent
  }
}
