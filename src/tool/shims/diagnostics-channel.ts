// `node:diagnostics_channel` in a bundle: channels that deliver, without stores of asynchronous contexts.

type Subscriber = (message: unknown, name: string | symbol) => void
type Work = (...given: readonly unknown[]) => unknown

class Channel {
  readonly name: string | symbol
  readonly #subscribers = new Set<Subscriber>()

  constructor(name: string | symbol) {
    this.name = name
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.size > 0
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
  }

  unsubscribe(subscriber: Subscriber): boolean {
    return this.#subscribers.delete(subscriber)
  }

  publish(message: unknown): void {
    for (const subscriber of this.#subscribers) subscriber(message, this.name)
  }

  bindStore(): void {
    // There are no asynchronous contexts to keep a value in.
  }

  unbindStore(): boolean {
    return false
  }

  runStores(message: unknown, work: Work, self?: unknown, ...given: readonly unknown[]): unknown {
    this.publish(message)
    return Reflect.apply(work, self, given)
  }
}

const channels = new Map<string | symbol, Channel>()

function channel(name: string | symbol): Channel {
  const known = channels.get(name) ?? new Channel(name)
  channels.set(name, known)
  return known
}

/** Runs what is traced; who traces hears of its start, its end and its error. */
class TracingChannel {
  readonly start: Channel
  readonly end: Channel
  readonly asyncStart: Channel
  readonly asyncEnd: Channel
  readonly error: Channel

  constructor(name: string) {
    this.start = channel(`tracing:${name}:start`)
    this.end = channel(`tracing:${name}:end`)
    this.asyncStart = channel(`tracing:${name}:asyncStart`)
    this.asyncEnd = channel(`tracing:${name}:asyncEnd`)
    this.error = channel(`tracing:${name}:error`)
  }

  get hasSubscribers(): boolean {
    return [this.start, this.end, this.asyncStart, this.asyncEnd, this.error].some((one) => one.hasSubscribers)
  }

  traceSync(work: Work, context: object = {}, self?: unknown, ...given: readonly unknown[]): unknown {
    this.start.publish(context)
    try {
      return Reflect.apply(work, self, given)
    } catch (error) {
      this.error.publish(Object.assign(context, { error }))
      throw error
    } finally {
      this.end.publish(context)
    }
  }

  async tracePromise(work: Work, context: object = {}, self?: unknown, ...given: readonly unknown[]): Promise<unknown> {
    try {
      const result = await (this.traceSync(work, context, self, ...given) as Promise<unknown>)
      this.asyncStart.publish(Object.assign(context, { result }))
      return result
    } catch (error) {
      this.error.publish(Object.assign(context, { error }))
      throw error
    } finally {
      this.asyncEnd.publish(context)
    }
  }

  traceCallback(work: Work, _at = -1, context: object = {}, self?: unknown, ...given: readonly unknown[]): unknown {
    return this.traceSync(work, context, self, ...given)
  }
}

export const shim = {
  Channel,
  channel,
  hasSubscribers: (name: string | symbol): boolean => channels.get(name)?.hasSubscribers === true,
  subscribe: (name: string | symbol, subscriber: Subscriber): void => channel(name).subscribe(subscriber),
  unsubscribe: (name: string | symbol, subscriber: Subscriber): boolean => channel(name).unsubscribe(subscriber),
  tracingChannel: (name: string): TracingChannel => new TracingChannel(name),
}
