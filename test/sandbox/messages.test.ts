// MessageChannel and MessagePort in isolates, by the HTML standard: what is told, to whom, in which order and when.
import { describe, expect, it } from 'vitest'
import { useBodies } from './run-body.ts'

/** For bodies: what a port hears, and a moment in which everything that is on its way has come. */
const HEAR = `
  const nap = (ms) => new Promise((done) => setTimeout(done, ms))
  const thrown = (act) => { try { act(); return 'done' } catch (error) { return error.name } }
  const hear = (port, heard = []) => { port.onmessage = ({ data }) => heard.push(data); port.onclose = () => heard.push('close'); return heard }
  const { port1, port2 } = new MessageChannel()`

const { run, start } = useBodies(HEAR)

describe('a message', () => {
  it('is a copy, with an event of the service to carry it', async () => {
    expect(
      await run(`
        const sent = { list: [1, new Date(5)], map: new Map([['k', 1]]) }
        const event = await new Promise((done) => { port1.onmessage = done; port2.postMessage(sent) })
        const { data, origin, lastEventId, source, ports, type, isTrusted, target, bubbles, cancelable } = event
        return [data !== sent, data.list[1].getTime(), data.map.get('k'), origin, lastEventId, source, ports, Object.isFrozen(ports),
          event.ports === ports, type, isTrusted, target === port1, bubbles, cancelable, event instanceof MessageEvent]`),
    ).toEqual([true, 5, 1, '', '', null, [], true, true, 'message', true, true, false, false, true])
  })

  it('is copied when it is posted', async () => {
    expect(
      await run(`
        const heard = hear(port1)
        const sent = { a: 1 }
        port2.postMessage(sent)
        sent.a = 2
        await nap(2)
        return heard`),
    ).toEqual([{ a: 1 }])
  })

  it('comes in a task of its own, behind the microtasks of everything before it', async () => {
    expect(
      await run(`
        const order = []
        const later = (name) => Promise.resolve().then(() => order.push(name)).then(() => order.push(name + ' again'))
        port1.onmessage = ({ data }) => { order.push(data); later('behind ' + data) }
        port2.postMessage('first')
        port2.postMessage('second')
        order.push('posted')
        later('micro')
        await nap(5)
        return order`),
    ).toEqual([
      'posted',
      'micro',
      'micro again',
      'first',
      'behind first',
      'behind first again',
      'second',
      'behind second',
      'behind second again',
    ])
  })

  it('comes in the order of the posting, between channels as well', async () => {
    expect(
      await run(`
        const other = new MessageChannel()
        const heard = []
        hear(port1, heard); hear(port2, heard); hear(other.port1, heard)
        port2.postMessage(1); other.port2.postMessage(2); port1.postMessage(3); port2.postMessage(4); other.port2.postMessage(5)
        await nap(5)
        return heard`),
    ).toEqual([1, 2, 3, 4, 5])
  })

  it('comes before a timer that is set then, and does not keep one from its time', async () => {
    expect(
      await run(`
        const order = []
        let turns = 0
        port1.onmessage = () => { if (order.length < 2) { turns++; port2.postMessage(0) } }
        setTimeout(() => order.push('timer'), 20)
        const first = new MessageChannel()
        first.port1.onmessage = () => order.push('message')
        setTimeout(() => {}, 0)
        first.port2.postMessage(0)
        port2.postMessage(0)
        await nap(30)
        return [order, turns > 1]`),
    ).toEqual([['message', 'timer'], true])
  })

  it('does not wait for the shortest timer', async () => {
    const [messages, timers] = (await run(`
      const measure = async (step) => {
        const startedMs = Date.now()
        for (let left = 100; left > 0; left--) await new Promise(step)
        return Date.now() - startedMs
      }
      const messages = await measure((done) => { port1.onmessage = done; port2.postMessage(0) })
      return [messages, await measure((done) => setTimeout(done, 0))]`)) as [number, number]
    expect(messages).toBeLessThan(timers)
  })

  it('waits until its port is started, which onmessage does and a listener does not', async () => {
    expect(
      await run(`
        const heard = []
        port1.addEventListener('message', ({ data }) => heard.push(data))
        port2.postMessage(1); port2.postMessage(2)
        await nap(3)
        const before = heard.length
        port1.start()
        port1.start()
        await nap(3)
        const other = new MessageChannel()
        other.port2.postMessage(3)
        other.port1.addEventListener('message', ({ data }) => heard.push(data))
        other.port1.onmessage = null
        await nap(3)
        return [before, heard]`),
    ).toEqual([0, [1, 2, 3]])
  })

  it('is told to all listeners, of which one that throws fails nobody', async () => {
    const { settled } = start(`
      const heard = []
      port1.addEventListener('message', () => { throw new Error('of a listener') })
      port1.addEventListener('message', { handleEvent({ data }) { heard.push(data) } }, { once: true })
      port1.onmessage = function ({ data }) { heard.push([this === port1, data]) }
      const { onmessage } = port1
      port1.onmessage = 5
      const unset = port1.onmessage
      port1.onmessage = onmessage
      port2.postMessage(1); port2.postMessage(2)
      await nap(5)
      return [heard, unset, typeof onmessage, port1.onmessageerror, port1.onclose]`)
    const { value, log } = await settled
    expect(JSON.parse(value ?? '')).toEqual([[1, [true, 1], [true, 2]], null, 'function', null, null])
    expect(log).toContain('Uncaught Error: of a listener')
  })

  it('cannot be cancelled as a timer is', async () => {
    expect(
      await run(`
        const heard = hear(port1)
        port2.postMessage(1)
        for (let id = 0; id < 100; id++) clearTimeout(id)
        await nap(3)
        return heard`),
    ).toEqual([1])
  })

  it('is not counted among timers', async () => {
    expect(
      await run(`
        let count = 0
        port1.onmessage = () => count++
        for (let sent = 0; sent < 10_001; sent++) port2.postMessage(0)
        const id = setTimeout(() => {}, 1)
        while (count < 10_001) await nap(5)
        return [typeof id, count]`),
    ).toEqual(['number', 10_001])
  })
})

describe('a port', () => {
  it('that is closed sends and receives nothing more, but what was on its way comes, and the other end hears of it behind that', async () => {
    expect(
      await run(`
        const heard = hear(port1)
        const own = hear(port2)
        port2.postMessage(1)
        port1.postMessage('to the one that closes')
        port2.close()
        port2.postMessage(2)
        port1.postMessage(3)
        port2.close()
        await nap(5)
        port1.close()
        await nap(3)
        return [heard, own]`),
    ).toEqual([[1, 'close'], ['to the one that closes']])
  })

  it('that was never started hears that the other one was closed, and has its messages all the same', async () => {
    expect(
      await run(`
        const heard = []
        port1.addEventListener('close', ({ isTrusted, constructor }) => heard.push([isTrusted, constructor === Event]))
        port2.postMessage(1)
        port2.close()
        await nap(3)
        port1.onmessage = ({ data }) => heard.push(data)
        await nap(3)
        return heard`),
    ).toEqual([[true, true], 1])
  })

  it('that closes itself while it hears has what was on its way', async () => {
    expect(
      await run(`
        const heard = []
        port1.onmessage = ({ data }) => { heard.push(data); port1.close() }
        port2.postMessage(1); port2.postMessage(2)
        await nap(5)
        return heard`),
    ).toEqual([1, 2])
  })

  it('is an EventTarget that nobody can construct, with the members of the standard', async () => {
    expect(
      await run(`
        const { prototype } = MessagePort
        const members = (one) => Object.keys(Object.getOwnPropertyDescriptors(one)).filter((name) => name !== 'constructor')
        const seen = []
        const event = new Event('mine')
        port1.addEventListener('mine', ({ target }) => seen.push(target === port1))
        port1.dispatchEvent(event)
        return [port1 instanceof EventTarget, port1 instanceof MessagePort, Object.getPrototypeOf(MessagePort) === EventTarget, thrown(() => new MessagePort()),
          thrown(() => MessageChannel()), members(prototype), members(MessageChannel.prototype), String(port1), String(new MessageChannel()),
          [MessagePort.length, MessageChannel.length, prototype.postMessage.length], seen, Object.keys(port1),
          port1 === new MessageChannel().port1, thrown(() => prototype.start.call({})), thrown(() => Reflect.get(prototype, 'onclose', prototype))]`),
    ).toEqual([
      true,
      true,
      true,
      'TypeError',
      'TypeError',
      ['postMessage', 'start', 'close', 'onmessage', 'onmessageerror', 'onclose'],
      ['port1', 'port2'],
      '[object MessagePort]',
      '[object MessageChannel]',
      [0, 0, 1],
      [true],
      [],
      false,
      'TypeError',
      'TypeError',
    ])
  })

  it('takes what is to be transferred as a list or as an option, as Web IDL reads them', async () => {
    expect(
      await run(`
        const heard = []
        port1.onmessage = ({ data }) => heard.push(data.byteLength ?? data)
        const bytes = () => new ArrayBuffer(3)
        const buffers = [bytes(), bytes(), bytes()]
        port2.postMessage(buffers[0], [buffers[0]])
        port2.postMessage(buffers[1], { transfer: [buffers[1]] })
        port2.postMessage(buffers[2], new Set([buffers[2]]).values())
        port2.postMessage('a', null)
        port2.postMessage('b', {})
        port2.postMessage('c', { transfer: undefined })
        const refused = [() => port2.postMessage(), () => port2.postMessage(1, 1), () => port2.postMessage(1, [1]), () => port2.postMessage(1, { transfer: null }),
          () => port2.postMessage(1, [{}]), () => port2.postMessage(() => 1), () => port2.postMessage(Symbol())].map(thrown)
        await nap(5)
        return [heard, buffers.map(({ byteLength }) => byteLength), refused]`),
    ).toEqual([
      [3, 3, 3, 'a', 'b', 'c'],
      [0, 0, 0],
      ['TypeError', 'TypeError', 'TypeError', 'TypeError', 'DataCloneError', 'DataCloneError', 'DataCloneError'],
    ])
  })
})

describe('a port that is transferred', () => {
  it('is another object afterwards, to which messages come that were waiting, and those that come later', async () => {
    expect(
      await run(`
        const { port1: inner, port2: outer } = new MessageChannel()
        const old = hear(outer)
        inner.postMessage('waits')
        const event = await new Promise((done) => { port1.onmessage = done; port2.postMessage({ port: outer, again: outer }, [outer]); inner.postMessage('later') })
        const { data, ports } = event
        const heard = hear(data.port)
        await nap(3)
        inner.postMessage('now')
        data.port.postMessage('back')
        const back = hear(inner)
        outer.postMessage('nobody')
        await nap(3)
        return [old, heard, back, data.port === ports[0], data.port === data.again, data.port !== outer, ports.length, ports[0] instanceof MessagePort]`),
    ).toEqual([[], ['waits', 'later', 'now'], ['back'], true, true, true, 1, true])
  })

  it('may be given away by structuredClone, and again from there', async () => {
    expect(
      await run(`
        port2.postMessage(1)
        const { a } = structuredClone({ a: port1 }, { transfer: [port1] })
        const b = structuredClone(a, { transfer: [a] })
        port2.postMessage(2)
        const heard = hear(b)
        b.postMessage('x')
        const back = hear(port2)
        await nap(3)
        port2.close()
        await nap(3)
        return [heard, back]`),
    ).toEqual([[1, 2, 'close'], ['x']])
  })

  it('comes in the order of the list, with other things between, whether the message names it or not', async () => {
    expect(
      await run(`
        const one = new MessageChannel(), other = new MessageChannel()
        const buffer = new ArrayBuffer(2), stream = new ReadableStream()
        const event = await new Promise((done) => { port1.onmessage = done; port2.postMessage({ x: other.port1, stream }, [one.port1, buffer, stream, other.port1]) })
        const { ports, data } = event
        const heard = hear(ports[0])
        one.port2.postMessage('to the first')
        await nap(3)
        return [ports.length, data.x === ports[1], data.stream instanceof ReadableStream, heard, Object.isFrozen(ports), Array.isArray(ports)]`),
    ).toEqual([2, true, true, ['to the first'], true, true])
  })

  it.each([
    ['through itself', 'port2.postMessage(1, [port2])'],
    ['twice', 'structuredClone(1, { transfer: [port1, port1] })'],
    ['when it was closed', 'port1.close(); structuredClone(1, { transfer: [port1] })'],
    [
      'when it was transferred',
      'structuredClone(port1, { transfer: [port1] }); structuredClone(1, { transfer: [port1] })',
    ],
    ['without being named', 'structuredClone({ port1 })'],
    ['as a channel', 'const channel = new MessageChannel(); structuredClone(1, { transfer: [channel] })'],
    ['in a channel', 'structuredClone(new MessageChannel())'],
    ['by a getter that closes it', 'structuredClone({ get a() { port1.close() } }, { transfer: [port1] })'],
  ])('%s is a DataCloneError', async (_name, code) => {
    expect(await run(`return thrown(() => { ${code} })`)).toBe('DataCloneError')
  })

  it('to its own other end is lost with the message, and told to nobody', async () => {
    expect(
      await run(`
        const heard = hear(port1)
        port2.postMessage(1)
        port2.postMessage('lost', [port1])
        port2.postMessage('to nobody')
        await nap(3)
        return [heard, thrown(() => structuredClone(1, { transfer: [port1] }))]`),
    ).toEqual([[], 'DataCloneError'])
  })

  it('stays where it is when the rest of the message cannot be copied', async () => {
    expect(
      await run(`
        const other = new MessageChannel()
        const refused = thrown(() => port2.postMessage({ port: other.port1, f() {} }, [other.port1]))
        const heard = hear(other.port1)
        other.port2.postMessage(1)
        await nap(3)
        return [refused, heard]`),
    ).toEqual(['DataCloneError', [1]])
  })
})

describe('MessageEvent', () => {
  it('takes ports, and one as its source, and nothing else for them', async () => {
    expect(
      await run(`
        const list = [port1, port2]
        const event = new MessageEvent('m', { ports: list, source: port2 })
        const refused = [{ ports: [1] }, { ports: [{}] }, { ports: [new MessageChannel()] }, { ports: 1 }, { source: {} }, { source: 1 }]
          .map((init) => thrown(() => new MessageEvent('m', init)))
        return [event.ports.length, event.ports[0] === port1, event.ports !== list, Object.isFrozen(event.ports), event.source === port2, new Set(refused).size, refused[0]]`),
    ).toEqual([2, true, true, true, true, 1, 'TypeError'])
  })
})

describe('a call', () => {
  it('ends with what its function returns, whatever its ports wait for', async () => {
    const { settled } = start(`
      port1.onmessage = () => { console.log('heard'); port2.postMessage(0) }
      port2.postMessage(0)
      globalThis.kept = port1
      return 'over'`)
    const { value, log, isFree } = await settled
    expect([value, log, isFree]).toEqual(['"over"', '', true])
  })

  it('hears nothing more when it has broken a limit', async () => {
    const { settled } = start(
      `let count = 0
       port1.onmessage = () => { if (++count === 3) console.log('heard'); port2.postMessage(0) }
       port2.postMessage(0)
       await new Promise(() => {})`,
      { limits: { wallMs: 100 } },
    )
    const { failure, log, wallMs } = await settled
    expect(failure?.code).toBe('LIMIT_WALL')
    expect(log).toBe('heard\n')
    expect(wallMs).toBeLessThan(1_000)
  })
})
