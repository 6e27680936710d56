// Streams as bodies: whose chunks a clone has, and what is left of a stream that has gone over to another request.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { run } = useWebGuests()

describe('the stream of a body', () => {
  it('has chunks of its own in a clone', async () => {
    expect(
      await run(`
        const chunk = new Uint16Array([1, 2])
        const first = new Response(new ReadableStream({ start(c) { c.enqueue(chunk); c.enqueue('text'); c.close() } }))
        const second = first.clone()
        const [one, other] = [first.body.getReader(), second.body.getReader()]
        const [kept, copied] = [(await one.read()).value, (await other.read()).value]
        chunk.fill(7)
        return [kept === chunk, copied === chunk, copied.constructor.name, [...copied], (await other.read()).value, (await other.read()).done]`),
    ).toEqual([true, false, 'Uint16Array', [1, 2], 'text', true])
  })

  it('ends a clone with the first chunk that cannot be copied, and only the clone', async () => {
    expect(
      await run(`
        const first = new Response(new ReadableStream({ start(c) { c.enqueue(() => 1); c.close() } }))
        const { body } = first.clone()
        const name = await body.getReader().read().catch((error) => error.name)
        return [name, typeof (await first.body.getReader().read()).value]`),
    ).toEqual(['DataCloneError', 'function'])
  })

  it('stays with its request, read and locked, when another request is made of that one', async () => {
    expect(
      await run(`
        const one = new Request('http://a/', { method: 'POST', body: 'text' })
        const { body } = one
        const before = one.bodyUsed
        const two = new Request(one)
        const chunk = Uint8Array.of(104, 105)
        const given = new Request('http://a/', { method: 'POST', duplex: 'half', body: new ReadableStream({ pull(c) { c.enqueue(chunk); c.close() } }) })
        const taken = new Request(given)
        const text = await taken.text()
        return [before, one.bodyUsed, one.body === body, body.locked, two.body === body, two.bodyUsed, await two.text(), text, chunk.length,
          await given.text().catch((error) => error.name)]`),
    ).toEqual([false, true, true, true, false, false, 'text', 'hi', 2, 'TypeError'])
  })

  it('fails in the other request as it does in its own', async () => {
    expect(
      await run(`
        const reason = new Error('broken')
        const given = new Request('http://a/', { method: 'POST', duplex: 'half', body: new ReadableStream({ pull(c) { c.error(reason) } }) })
        const odd = new Request('http://a/', { method: 'POST', duplex: 'half', body: ReadableStream.from(['no bytes']) })
        const cancelled = []
        const long = new Request('http://a/', { method: 'POST', duplex: 'half', body: new ReadableStream({ cancel(why) { cancelled.push(why) } }) })
        await new Request(long).body.cancel('enough')
        return [await new Request(given).text().catch((error) => error === reason), await new Request(odd).text().catch((error) => error.name), cancelled]`),
    ).toEqual([true, 'TypeError', ['enough']])
  })

  it('is piped without asking bytes for a method that a program has put on all objects', async () => {
    expect(
      await run(`
        const written = []
        const response = new Response(new Uint8Array([1, 2, 3]))
        Object.prototype.then = (resolve) => { delete Object.prototype.then; resolve({ done: false, value: Uint8Array.of(9) }) }
        await response.body.pipeTo(new WritableStream({ write(chunk) { written.push(...chunk) } }))
        delete Object.prototype.then
        return written`),
    ).toEqual([1, 2, 3])
  })
})
