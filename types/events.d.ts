// The classes of events that submitted code has, for projects that have neither the types of browsers (`lib` with `dom`) nor
// those of Node.js: name this file under `include` or `files`. Types only, of what the DOM standard says.
export {}

interface ListenerObject {
  handleEvent(event: Event): void
}

type Listener = ((event: Event) => void) | ListenerObject | null

declare global {
  interface Event {
    readonly type: string
    readonly target: EventTarget | null
    readonly currentTarget: EventTarget | null
    readonly eventPhase: number
    readonly bubbles: boolean
    readonly cancelable: boolean
    readonly composed: boolean
    readonly defaultPrevented: boolean
    readonly isTrusted: boolean
    readonly timeStamp: number
    composedPath(): EventTarget[]
    preventDefault(): void
    stopPropagation(): void
    stopImmediatePropagation(): void
  }
  var Event: {
    prototype: Event
    new (type: string, init?: { bubbles?: boolean; cancelable?: boolean; composed?: boolean }): Event
  }

  interface EventTarget {
    addEventListener(
      type: string,
      listener: Listener,
      options?: boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal },
    ): void
    removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void
    dispatchEvent(event: Event): boolean
  }
  var EventTarget: { prototype: EventTarget; new (): EventTarget }

  interface AbortSignal extends EventTarget {
    readonly aborted: boolean
    readonly reason: any
    onabort: ((event: Event) => void) | null
    throwIfAborted(): void
  }
  var AbortSignal: {
    prototype: AbortSignal
    abort(reason?: any): AbortSignal
    any(signals: Iterable<AbortSignal>): AbortSignal
    timeout(milliseconds: number): AbortSignal
  }

  interface AbortController {
    readonly signal: AbortSignal
    abort(reason?: any): void
  }
  var AbortController: { prototype: AbortController; new (): AbortController }

  interface DOMException extends Error {
    readonly code: number
  }
  var DOMException: { prototype: DOMException; new (message?: string, name?: string): DOMException }
}
