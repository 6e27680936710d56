// Events and abort signals: they do what Node's own do, and what the DOM standard says where Node does something else.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { loadEventClasses } from '../../sandbox/src/globals/events/load-event-classes.ts'
import { prepareRuns } from './task-run-harness.ts'

type Classes = Pick<typeof globalThis, 'AbortController' | 'AbortSignal' | 'DOMException' | 'Event' | 'EventTarget'>

const reported: unknown[] = []
const timers: [callback: () => void, delayMs: number][] = []
const { classes, createSignal, abortSignal } = loadEventClasses({
  report: (thrown) => void reported.push(thrown),
  setTimer: (callback, delayMs) => void timers.push([callback, delayMs]),
})
const ours = classes as unknown as Classes
const { AbortController, AbortSignal, DOMException, Event, EventTarget } = ours

beforeEach(() => {
  reported.length = 0
  timers.length = 0
})

/** The words that the steps say, or what they throw. */
function wordsOf(steps: (classes: Classes, say: (word: unknown) => void) => unknown, which: Classes): unknown[] {
  const words: unknown[] = []
  try {
    const value = steps(which, (word) => words.push(word))
    if (value !== undefined) words.push(value)
  } catch (error) {
    words.push((error as Error).name)
  }
  return words
}

/** Each is run with both sets of classes. */
const SAME: Readonly<Record<string, (classes: Classes, say: (word: unknown) => void) => unknown>> = {
  'listeners are called in the order of their coming, with the event and the target': (c, say) => {
    const target = new c.EventTarget()
    target.addEventListener('a', function first(this: unknown, event) {
      say(['first', this === target, event.target === target, event.currentTarget === target, event.eventPhase])
    })
    target.addEventListener('a', () => say('second'))
    target.addEventListener('b', () => say('never'))
    return [target.dispatchEvent(new c.Event('a')), target.dispatchEvent(new c.Event('c'))]
  },
  'the same listener is there once, and a capturing one is another': (c, say) => {
    const target = new c.EventTarget()
    const listener = (): void => say('called')
    for (const capture of [false, false, true]) target.addEventListener('a', listener, capture)
    target.dispatchEvent(new c.Event('a'))
    target.removeEventListener('a', listener)
    target.dispatchEvent(new c.Event('a'))
    target.removeEventListener('a', listener, { capture: true })
    target.dispatchEvent(new c.Event('a'))
  },
  'a listener that is there once is gone before it is called': (c, say) => {
    const target = new c.EventTarget()
    const again = (): void => {
      say('called')
      target.dispatchEvent(new c.Event('a'))
    }
    target.addEventListener('a', again, { once: true })
    target.dispatchEvent(new c.Event('a'))
  },
  'an object with handleEvent is called as it is then': (c, say) => {
    const target = new c.EventTarget()
    const listener = {
      handleEvent(this: unknown): void {
        say(this === listener)
      },
    }
    target.addEventListener('a', listener)
    target.dispatchEvent(new c.Event('a'))
    listener.handleEvent = () => say('replaced')
    target.dispatchEvent(new c.Event('a'))
  },
  'immediate propagation stops at once': (c, say) => {
    const target = new c.EventTarget()
    target.addEventListener('a', (event) => event.stopImmediatePropagation())
    target.addEventListener('a', () => say('never'))
    target.dispatchEvent(new c.Event('a'))
  },
  'only a cancelable event is cancelled, and not by a passive listener': (c) => {
    const results: unknown[] = []
    for (const init of [{}, { cancelable: true }])
      for (const passive of [false, true]) {
        const target = new c.EventTarget()
        target.addEventListener('a', (event) => event.preventDefault(), { passive })
        const event = new c.Event('a', init)
        results.push(target.dispatchEvent(event), event.defaultPrevented)
      }
    return results
  },
  'a signal takes its listeners away': (c, say) => {
    const target = new c.EventTarget()
    const controller = new c.AbortController()
    target.addEventListener('a', () => say('called'), { signal: controller.signal })
    target.dispatchEvent(new c.Event('a'))
    controller.abort()
    target.dispatchEvent(new c.Event('a'))
    target.addEventListener('a', () => say('never'), { signal: controller.signal })
    target.dispatchEvent(new c.Event('a'))
  },
  'a controller aborts its signal once, with a reason': (c, say) => {
    const { signal, ...rest } = { signal: new c.AbortController() }
    signal.signal.addEventListener('abort', (event) => say([event.type, event.isTrusted, signal.signal.aborted]))
    signal.abort('why')
    signal.abort('again')
    return [signal.signal.reason, Object.keys(rest)]
  },
  'the reason that is not given is an AbortError': (c) => {
    const signal = c.AbortSignal.abort()
    const reason = signal.reason as DOMException
    return [reason.name, reason.code, reason.message, reason instanceof Error, reason instanceof c.DOMException]
  },
  'throwIfAborted throws the reason': (c, say) => {
    new c.AbortController().signal.throwIfAborted()
    try {
      c.AbortSignal.abort(5).throwIfAborted()
    } catch (error) {
      say(error)
    }
  },
  'onabort keeps its place when another handler takes it': (c, say) => {
    const controller = new c.AbortController()
    const { signal } = controller
    Object.assign(signal, { onabort: () => say('never') })
    signal.addEventListener('abort', () => say('listener'))
    Object.assign(signal, { onabort: () => say('handler') })
    controller.abort()
  },
  'any follows the first that is aborted, through others': (c) => {
    const [a, b] = [new c.AbortController(), new c.AbortController()]
    const any = c.AbortSignal.any([a.signal, c.AbortSignal.any([b.signal])])
    b.abort('b')
    a.abort('a')
    return [any.aborted, any.reason, c.AbortSignal.any([]).aborted, c.AbortSignal.any([any, a.signal]).reason]
  },
  'a DOMException has a name, a message and a code': (c) => {
    const error = new c.DOMException('text', 'NotFoundError')
    return [error.name, error.message, error.code, String(error), new c.DOMException().name, c.DOMException.ABORT_ERR]
  },
  'an event is what it was made with': (c) => {
    const event = new c.Event('a', { bubbles: true, composed: true })
    return [
      event.type,
      event.bubbles,
      event.cancelable,
      event.composed,
      event.isTrusted,
      event.composedPath(),
      event.eventPhase,
    ]
  },
  'what is no event is not dispatched': (c) => new c.EventTarget().dispatchEvent({ type: 'a' } as Event),
  'a signal is not made with new': (c) => new c.AbortSignal(),
  'an event needs a type': (c) => new (c.Event as unknown as new () => Event)(),
  'a listener is a function or an object': (c) => new c.EventTarget().addEventListener('a', 5 as never),
  'a method of a signal needs one': (c) => Reflect.get(c.AbortSignal.prototype, 'aborted', {}),
  'the classes have their names': (c) =>
    Object.entries(c)
      .map(([, one]) => (one as { readonly name: string }).name)
      .filter((name) => name !== 'QuotaExceededError'),
}

describe('like those of Node', () => {
  const { AbortController: A, AbortSignal: S, DOMException: D, Event: E, EventTarget: T } = globalThis
  const nodes: Classes = { AbortController: A, AbortSignal: S, DOMException: D, Event: E, EventTarget: T }
  test.for(Object.entries(SAME))('%s', ([, steps]) => {
    const words = wordsOf(steps, ours)
    expect(words).toEqual(wordsOf(steps, nodes))
    expect(reported).toEqual([])
  })
})

describe('as the standard has it', () => {
  test('capturing listeners go first, and stopping the propagation keeps the others', () => {
    const target = new EventTarget()
    const said: string[] = []
    target.addEventListener('a', () => said.push('bubbling'))
    target.addEventListener('a', (event) => event.stopPropagation(), { capture: true })
    target.addEventListener('a', () => said.push('capturing'), { capture: true })
    target.dispatchEvent(new Event('a'))
    expect(said).toEqual(['capturing'])
  })

  test('a listener that is removed by one before it is not called, one that is added is not yet', () => {
    const target = new EventTarget()
    const said: string[] = []
    const second = (): void => void said.push('second')
    const add = (): void => {
      target.removeEventListener('a', second)
      target.addEventListener('a', () => said.push('third'))
    }
    target.addEventListener('a', add, { once: true })
    target.addEventListener('a', second)
    target.dispatchEvent(new Event('a'))
    expect(said).toEqual([])
    target.dispatchEvent(new Event('a'))
    expect(said).toEqual(['third'])
  })

  test('an event that is being dispatched is not dispatched again, and may be afterwards', () => {
    const target = new EventTarget()
    const event = new Event('a')
    const names: unknown[] = []
    target.addEventListener('a', () => {
      try {
        target.dispatchEvent(event)
      } catch (error) {
        names.push((error as Error).name)
      }
    })
    target.dispatchEvent(event)
    target.dispatchEvent(event)
    expect(names).toEqual(['InvalidStateError', 'InvalidStateError'])
  })

  test('what a listener throws is reported and keeps nobody from being called', () => {
    const target = new EventTarget()
    const second = vi.fn<() => void>()
    target.addEventListener('a', () => {
      throw new TypeError('broken')
    })
    target.addEventListener('a', {} as never)
    target.addEventListener('a', second)
    expect(target.dispatchEvent(new Event('a'))).toBe(true)
    expect(second).toHaveBeenCalledOnce()
    expect(reported).toMatchObject([{ message: 'broken' }, { message: expect.stringContaining('handleEvent') }])
  })

  test('followers of a signal are aborted before any listener runs', () => {
    const controller = new AbortController()
    const any = AbortSignal.any([controller.signal])
    const said: unknown[] = []
    controller.signal.addEventListener('abort', () => said.push(['source', any.aborted]))
    any.addEventListener('abort', () => said.push(['any', any.reason]))
    controller.abort('why')
    expect(said).toEqual([
      ['source', true],
      ['any', 'why'],
    ])
  })

  test('a timeout is a timer of the call, and a TimeoutError', () => {
    const signal = AbortSignal.timeout(20)
    AbortSignal.timeout(2 ** 53 - 1)
    expect(timers.map(([, delayMs]) => delayMs)).toEqual([20, 2 ** 31 - 1])
    timers[0]?.[0]()
    expect(signal.reason).toMatchObject({ name: 'TimeoutError', code: 23 })
    for (const wrong of [-1, NaN, Infinity, 2 ** 53, 1n])
      expect(() => AbortSignal.timeout(wrong as never)).toThrow(TypeError)
  })

  test('a removed listener leaves nothing with its signal', () => {
    const { signal } = new AbortController()
    const target = new EventTarget()
    const listener = vi.fn<() => void>()
    target.addEventListener('a', listener, { signal })
    target.removeEventListener('a', listener)
    target.addEventListener('a', listener)
    target.dispatchEvent(new Event('a'))
    expect(listener).toHaveBeenCalledOnce()
  })

  test('a DOMException is an error, also of a class below', () => {
    class Own extends DOMException {}
    const own = new Own('text', 'AbortError')
    expect([own instanceof Own, own instanceof Error, own.name, Object.keys(own)]).toEqual([
      true,
      true,
      'AbortError',
      [],
    ])
    expect(own.stack).toContain('AbortError: text')
  })

  test('signals of the guest program are those of its class, whatever became of that', () => {
    const inherited = Object.getPrototypeOf(AbortSignal) as object
    Object.setPrototypeOf(AbortSignal, vi.fn<() => void>())
    const signal = createSignal() as AbortSignal
    Object.setPrototypeOf(AbortSignal, inherited)
    const listener = vi.fn<() => void>()
    signal.addEventListener('abort', listener)
    abortSignal(signal, undefined)
    expect([signal instanceof EventTarget, signal.aborted, listener.mock.calls.length]).toEqual([true, true, 1])
  })
})

describe('in an isolate', () => {
  const report = async (body: string): Promise<{ value: unknown; log: string }> => {
    const startRun = await prepareRuns()
    const { value, failure, log } = await startRun(`function f() { ${body} }`).settled
    return { value: value === null ? failure : JSON.parse(value), log }
  }

  test('a DOMException says its name and message in the console, in its stack, and in a failure', async () => {
    const { value, log } = await report(`
      class Own extends DOMException { constructor() { super('below', 'AbortError') } }
      const error = new DOMException('hey', 'DataError')
      console.log(error)
      console.log([error], '%s')
      console.log('%s', error)
      console.log(new Own())
      console.log(new DOMException('', 'DataError'))
      console.log(Object.getOwnPropertyNames(error).join(), error.stack.split('\\n', 1)[0], new Own().stack.split('\\n', 1)[0])
      throw error`)
    expect(log.replaceAll(/\n +at .*/gu, '').split('\n')).toEqual([
      'DOMException [DataError]: hey',
      '[',
      '  DOMException [DataError]: hey',
      '] %s',
      'DOMException [DataError]: hey',
      'Own [DOMException] [AbortError]: below',
      'DOMException [DataError]',
      'stack DataError: hey AbortError: below',
      '',
    ])
    expect(value).toMatchObject({ message: 'hey', stack: expect.stringMatching(/^DataError: hey\n {4}at f \(/u) })
  })

  test('the globals are there, and become what they are when they are asked', async () => {
    const { value } =
      await report(`const names = ['AbortController', 'AbortSignal', 'DOMException', 'Event', 'EventTarget']
      const kinds = names.map((name) => typeof globalThis[name])
      const shapes = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)).map((one) => [one.writable, one.enumerable, one.configurable])
      return [kinds, shapes, Object.keys(globalThis), names.every((name) => globalThis[name].name === name)]`)
    expect(value).toEqual([
      Array(5).fill('function'),
      Array.from({ length: 5 }, () => [true, false, true]),
      ['f'],
      true,
    ])
  })

  test.for(['class Event {}', 'function Event() {}', 'var Event = 5', 'globalThis.Event = 5'])(
    'code may have its own: %s',
    async (own) => {
      const startRun = await prepareRuns()
      const source = `${own}; const f = () => [String(Event).includes('native'), typeof EventTarget, new EventTarget().dispatchEvent.length]`
      const { value } = await startRun(source).settled
      expect(JSON.parse(value ?? 'null')).toEqual([false, 'function', 1])
    },
  )

  test('what a listener throws is a line of the output', async () => {
    const { value, log } = await report(`const target = new EventTarget()
      target.addEventListener('a', () => { throw new RangeError('broken') })
      target.addEventListener('a', () => { throw { get stack() { throw 1 }, message: 'odd' } })
      return target.dispatchEvent(new Event('a'))`)
    expect(value).toBe(true)
    expect(log).toMatch(
      /^Uncaught RangeError: broken\n {4}at function\.js:|^Uncaught RangeError: broken\n {4}at [^\n]*function\.js/,
    )
    expect(log).toContain("Uncaught { stack: [Getter], message: 'odd' }\n")
  })

  test('a timeout aborts a call that waits for it', async () => {
    const startRun = await prepareRuns()
    const source = `const f = () => new Promise((done) => { const signal = AbortSignal.timeout(5); signal.onabort = () => done(signal.reason.name) })`
    expect(JSON.parse((await startRun(source).settled).value ?? 'null')).toBe('TimeoutError')
  })
})
