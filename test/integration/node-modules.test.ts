// Modules of Node.js whose libraries lack what code uses, beside those of Node.js.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuestModules } from '../support/guest-modules.ts'

let guests: GuestModules
beforeAll(() => {
  guests = new GuestModules()
})
afterAll(() => guests[Symbol.dispose]())

const SHOW = `
const settled = (work) => work.then((value) => ['ok', value], (error) => [error.name, error.code, String(error.cause?.message)])
const thrown = (work) => { try { return work() } catch (error) { return [error.name, error.code, error.message] } }
`

const EVENTS = `${SHOW}
import EventEmitter, { addAbortListener, captureRejectionSymbol, errorMonitor, getEventListeners, on, once, setMaxListeners } from 'node:events'
export async function probe() {
  const emitter = new EventEmitter()
  const aborting = new AbortController()
  const never = settled(once(emitter, 'never', { signal: aborting.signal }))
  aborting.abort(new Error('why'))
  const heard = []
  const listening = on(emitter, 'a', { close: ['end'] })
  emitter.emit('a', 1)
  emitter.emit('a', 2, 3)
  setTimeout(() => { emitter.emit('a', 4); emitter.emit('end') }, 1)
  for await (const event of listening) heard.push(event)
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(new Error('enough')), 1)
  const stopped = await settled((async () => { for await (const event of on(emitter, 'b', { signal: stopping.signal })) heard.push(event) })())
  const failing = settled(once(emitter, 'c'))
  emitter.emit('error', Object.assign(new Error('no'), { code: 'E' }))
  const left = [emitter.listenerCount('a'), emitter.listenerCount('error'), emitter.listenerCount('end'), emitter.listenerCount('never')]
  const monitored = []
  emitter.on(errorMonitor, (error) => monitored.push(String(error)))
  const listener = () => {}
  emitter.on('x', listener)
  setMaxListeners(3, emitter)
  const signals = []
  const { signal } = aborting
  addAbortListener(signal, () => signals.push('late'))
  const target = new EventTarget()
  const ofTarget = once(target, 'y')
  target.dispatchEvent(new Event('y'))
  await new Promise((done) => setTimeout(done, 1))
  return [
    await never, heard, stopped, await failing, left, thrown(() => emitter.emit('error', 'text')), thrown(() => emitter.emit('error', 5)), thrown(() => emitter.emit('error', new RangeError('r'))),
    monitored, getEventListeners(emitter, 'x').length, getEventListeners(emitter, 'x')[0] === listener, emitter.getMaxListeners(), signals, String(captureRejectionSymbol), (await ofTarget)[0].type,
    await settled(once(emitter, 'z', { signal })),
  ]
}
`

const OTHERS = `${SHOW}
import { Buffer } from 'node:buffer'
import querystring from 'node:querystring'
import { Readable } from 'node:stream'
import { arrayBuffer, buffer, json, text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import util from 'node:util'
import zlib from 'node:zlib'
const abort = () => { const controller = new AbortController(); setTimeout(() => controller.abort(new Error('why')), 1); return controller.signal }
export async function probe() {
  const bytes = Buffer.from('a€ü')
  const old = (value, done) => done(value < 0 ? new Error('below') : null, value * 2)
  old[util.promisify.custom] = async () => 'custom'
  return [
    querystring.parse('q=100%&x=1&x=2&y=%E4%B8%AD%ff+a&&z&=v&toString=1'), querystring.parse('a:1;b:2', ';', ':'), querystring.parse('a=1&b=2', null, null, { maxKeys: 1 }), querystring.parse('a=%zz', '&', '=', { decodeURIComponent: (one) => one + '!' }), querystring.unescape('%41%'),
    zlib.constants.Z_BEST_COMPRESSION, zlib.constants.BROTLI_PARAM_QUALITY, zlib.crc32('hello'), zlib.crc32(Buffer.from('lo'), zlib.crc32('hel')), zlib.crc32(''),
    await wait(1, 'v'), await settled(wait(1_000, 'v', { signal: abort() })), await settled(wait(1, 'v', { signal: AbortSignal.abort() })),
    await util.promisify(setTimeout)(1, 'slept'), await util.promisify(setImmediate)('at once'), await util.promisify(old)(), await settled(util.promisify((value, done) => old(value, done))(-1)), thrown(() => util.promisify(1))[1],
    String(util.promisify.custom), util.types.isProxy({}), util.types.isMap(new Map()),
    bytes.latin1Slice(0, 2), bytes.utf8Slice(1, 4), bytes.hexSlice(), bytes.asciiSlice(0, 1), bytes.base64Slice(1), Buffer.alloc(3).utf8Write('ab', 1), Buffer.alloc(2).latin1Write('xyz'), bytes.ucs2Slice(0, 2).length,
    Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1).toString('hex'), Buffer.copyBytesFrom(new Uint8Array([1, 2, 3]), 1).toString('hex'),
    await text(Readable.from(['a', 'b'])), await json(Readable.from(['[1', ',2]'])), (await buffer(Readable.from([Buffer.from('x')]))).toString(), (await arrayBuffer(new Blob(['abc']).stream())).byteLength,
  ]
}
`

describe.each([
  ['node:events', EVENTS],
  ['others', OTHERS],
])('what code uses of %s', (_, program) => {
  it('does what it does in Node.js', async () => {
    const [expected, found] = await guests.compare(program)
    for (const [index, value] of expected.entries()) expect([index, found[index]]).toEqual([index, value])
  })
})
