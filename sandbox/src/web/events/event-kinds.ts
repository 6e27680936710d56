// CustomEvent, ErrorEvent, MessageEvent and PromiseRejectionEvent, by the DOM and the HTML standard.
import { apply, isObject, PromiseIntrinsic, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDomString, toDouble, toUsvString } from '../convert.ts'
import { events } from '../host.ts'
import { needArguments, shapeInterface } from '../interface.ts'
import { optionOf } from './event-options.ts'
import { createMessageEvent } from './message-event.ts'

interface EventConstructor {
  new (type: unknown, init: unknown): object
  readonly prototype: object
}

/** By the names of their globals; made once. */
export function createEventKinds(): object {
  const { classes: base } = events()
  const Event = base['Event'] as unknown as EventConstructor
  const { initEvent } = Event.prototype as { readonly initEvent: (...args: unknown[]) => void }

  class CustomEvent extends Event {
    #detail: unknown

    constructor(type: unknown, init: unknown = undefined) {
      needArguments(arguments.length, 1, 'CustomEvent')
      super(type, init)
      this.#detail = optionOf(init, 'detail', null)
    }

    get detail(): unknown {
      return this.#detail
    }

    initCustomEvent(
      type: unknown,
      bubbles: unknown = false,
      cancelable: unknown = false,
      detail: unknown = null,
    ): void {
      needArguments(arguments.length, 1, 'initCustomEvent')
      this.#detail = detail
      apply(initEvent, this, [type, bubbles, cancelable])
    }
  }

  class ErrorEvent extends Event {
    readonly #message: string
    readonly #filename: string
    readonly #lineno: number
    readonly #colno: number
    readonly #error: unknown

    constructor(type: unknown, init: unknown = undefined) {
      needArguments(arguments.length, 1, 'ErrorEvent')
      super(type, init)
      this.#colno = toUint32(optionOf(init, 'colno', 0))
      this.#error = optionOf(init, 'error', undefined)
      this.#filename = toUsvString(optionOf(init, 'filename', ''))
      this.#lineno = toUint32(optionOf(init, 'lineno', 0))
      this.#message = toDomString(optionOf(init, 'message', ''))
    }

    get message(): string {
      return this.#message
    }

    get filename(): string {
      return this.#filename
    }

    get lineno(): number {
      return this.#lineno
    }

    get colno(): number {
      return this.#colno
    }

    get error(): unknown {
      return this.#error
    }
  }

  class PromiseRejectionEvent extends Event {
    readonly #promise: unknown
    readonly #reason: unknown

    constructor(type: unknown, init: unknown) {
      needArguments(arguments.length, 2, 'PromiseRejectionEvent')
      super(type, init)
      const promise = optionOf(init, 'promise', undefined)
      if (promise === undefined) throw new TypeErrorIntrinsic("PromiseRejectionEvent: 'promise' must be there")
      this.#promise = isObject(promise) ? promise : resolved(promise)
      this.#reason = optionOf(init, 'reason', undefined)
    }

    get promise(): unknown {
      return this.#promise
    }

    get reason(): unknown {
      return this.#reason
    }
  }

  const classes = { __proto__: null, CustomEvent, ErrorEvent, PromiseRejectionEvent }
  for (const name in classes) shapeInterface(classes[name as 'CustomEvent'], name)
  return { ...classes, __proto__: null, MessageEvent: createMessageEvent() }
}

/** As Web IDL converts a number of 32 bits. */
const toUint32 = (value: unknown): number => toDouble(value) >>> 0

function resolved(value: unknown): Promise<unknown> {
  return new PromiseIntrinsic((resolve) => resolve(value))
}
