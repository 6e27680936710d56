// Modules of Node.js in bundles: what is there does what Node.js does, what is not says what is missing, and nobody gets what they do not name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHIMMED } from '../../src/tool/builtins.ts'
import { GuestModules, plain } from '../support/guest-modules.ts'

/** Runs here and in a bundle. */
const PROBE = `
import assert from 'assert'
import { Buffer } from 'buffer'
import * as nodeCrypto from 'crypto'
import diagnostics from 'node:diagnostics_channel'
import EventEmitter, { once } from 'events'
import path from 'node:path'
import posix from 'path/posix'
import querystring from 'querystring'
import Stream, { Readable, Transform, PassThrough } from 'stream'
import { pipeline } from 'stream/promises'
import { StringDecoder } from 'string_decoder'
import { setTimeout as wait } from 'timers/promises'
import url from 'url'
import util from 'util'
import zlib from 'zlib'

const hex = (name, data) => nodeCrypto.createHash(name).update(data).update(data, 'utf8').digest('hex')
const thrown = (work) => { try { work(); return null } catch (error) { return error.name } }
function Old() { Stream.call(this) }
util.inherits(Old, Stream)
class Upper extends Transform { _transform(chunk, _, done) { done(null, String(chunk).toUpperCase()) } }

export async function probe() {
  const emitter = new EventEmitter()
  const emitted = once(emitter, 'a')
  setTimeout(() => emitter.emit('a', 1), 1)
  const text = []
  const sink = new PassThrough()
  sink.on('data', (chunk) => text.push(String(chunk)))
  await pipeline(Readable.from(['a', 'b']), new Upper(), sink)
  const channel = diagnostics.channel('c')
  const heard = []
  channel.subscribe((message) => heard.push(message))
  channel.publish(1)
  return [
    thrown(() => assert.deepStrictEqual({ a: [1] }, { a: [1] })), thrown(() => assert.strictEqual(1, 2)), thrown(() => assert(0)),
    Buffer.from('äö').toString('base64'), Buffer.concat([Buffer.alloc(2), Buffer.from('ff', 'hex')]).readUInt16BE(1), Buffer.isBuffer(Buffer.from([])), Buffer.from('-_-_', 'base64url').toString('base64Url'), Buffer.byteLength('_w', 'base64url'), Buffer.alloc(2).write('_w', 'base64url'), Buffer.isEncoding('base64url'),
    ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'SHA512', 'sha512-256', 'sha3-256', 'ripemd160', 'RSA-SHA256'].map((name) => hex(name, 'abc')),
    nodeCrypto.createHmac('sha256', 'key').update('x').digest('base64'), nodeCrypto.createHmac('sha1', nodeCrypto.createSecretKey(Buffer.from('k'))).update('x').digest('base64url'),
    nodeCrypto.pbkdf2Sync('p', 's', 3, 20, 'sha512').toString('hex'), nodeCrypto.scryptSync('p', 's', 8, { N: 16 }).toString('hex'),
    Buffer.from(nodeCrypto.hkdfSync('sha256', 'k', 's', 'i', 10)).toString('hex'),
    nodeCrypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')), thrown(() => nodeCrypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))),
    nodeCrypto.randomBytes(100_000).length, nodeCrypto.randomUUID().length, nodeCrypto.randomInt(5, 6), thrown(() => nodeCrypto.createHash('none')),
    await new Promise((done) => nodeCrypto.pbkdf2('p', 's', 1, 4, 'sha1', (error, key) => done([error, key.toString('hex')]))),
    nodeCrypto.createHash('sha1').update('a').copy().digest('hex'),
    await emitted, heard, channel.hasSubscribers,
    path.resolve('/a', '../b', 'c'), path.parse('/x/y.tar.gz'), posix.relative('/a/b', '/a/c'), path.sep,
    querystring.parse('a=1&a=2&b=%20'), querystring.stringify({ a: [1, 2] }),
    text.join(''), new Upper() instanceof EventEmitter, new Old() instanceof Stream, Readable.prototype instanceof Stream,
    new StringDecoder('utf8').write(Buffer.from([0xe2, 0x82])), await wait(1, 'waited'),
    url.parse('http://a.b:8/c?d=e#f').pathname, url.resolve('/one/two', '../three'), url.fileURLToPath('file:///a/b'),
    util.format('%s %d %j', 'a', 1, { b: 1 }), util.inspect({ a: [1, 'x'] }),
    util.types.isRegExp(/x/), await util.promisify((a, done) => done(null, a))(3), util.stripVTControlCharacters('\\u001b[31mred\\u001b[0m'),
    zlib.gunzipSync(zlib.gzipSync('text')).toString(), zlib.inflateSync(zlib.deflateSync(Buffer.from('xx'))).toString(),
  ]
}
`

let guests: GuestModules

beforeAll(() => {
  guests = new GuestModules()
})

afterAll(() => guests[Symbol.dispose]())

const run: GuestModules['run'] = async (files) => guests.run(files)

describe('a module of Node.js', () => {
  it('that there is does what that of Node.js does', async () => {
    const [expected, found] = await guests.compare(PROBE)
    for (const [index, value] of expected.entries()) expect([index, found[index]]).toEqual([index, value])
  })

  it('can be imported and required, with and without its scheme, and is one module', async () => {
    const names = JSON.stringify(SHIMMED)
    const imports = SHIMMED.map(
      (name, index) => `import * as m${index} from '${name}'\nconst r${index} = require('node:${name}')`,
    )
    const files = {
      'main.js': `${imports.join('\n')}\nexport const f = () => [${SHIMMED.map((_, index) => `typeof m${index}.default, m${index}.default === r${index}`).join(', ')}]`,
    }
    const found = (await run(files))['f']?.() as unknown[]
    expect(found).toHaveLength(2 * (JSON.parse(names) as unknown[]).length)
    expect(found.filter((_, index) => index % 2 === 1)).toEqual(SHIMMED.map(() => true))
  })

  it('tells nothing of the machine', async () => {
    const body = `import os from 'os'
export const f = () => [process.env, process.argv, process.cwd(), process.version, process.versions, process.execPath, process.pid, os.hostname(), os.cpus(), os.userInfo().username, os.networkInterfaces(), os.homedir()]`
    expect(plain((await run({ 'main.js': body }))['f']?.())).toEqual(
      plain([{}, [], '/', '', {}, '', 1, 'localhost', [], '', {}, '/']),
    )
  })

  it('that there is not is met by packages when they use it, and where they try they go on as they would', async () => {
    const files = {
      'node_modules/uses/package.json': '{"name":"uses"}',
      'node_modules/uses/index.js': `const fs = require('fs'), http = require('http'), missing = () => require('not-there')
const { spawn } = require('child_process')
class Agent extends http.Agent {}
const thrown = (work) => { try { return work() } catch (error) { return error.message } }
let tried; try { tried = require('worker_threads') } catch { tried = 'fell back' }
module.exports = () => [thrown(() => fs.readFileSync('x')), thrown(() => new Agent()), thrown(() => spawn('x')), thrown(() => fs.promises.readFile('x')), thrown(missing), tried, 'x' in fs]`,
      'node_modules/esm/package.json': '{"name":"esm","type":"module"}',
      'node_modules/esm/index.js': `import fs, { readFile } from 'node:fs'
import * as net from 'net'
const thrown = (work) => { try { return work() } catch (error) { return error.message } }
export default () => [thrown(() => readFile('x')), thrown(() => fs.readFileSync('x')), thrown(() => net.connect(1)), fs.then === undefined]`,
      'main.js': `import uses from 'uses'\nimport esm from 'esm'\nexport const f = () => [uses(), esm()]`,
    }
    const noFiles = 'the sandbox has no files'
    expect(plain((await run(files))['f']?.())).toEqual([
      [
        `fs.readFileSync is not available: ${noFiles}`,
        'http.Agent is not available: the sandbox has no sockets',
        'child_process.spawn is not available: the sandbox starts no processes and no threads',
        `fs.promises.readFile is not available: ${noFiles}`,
        'Dynamic require of "not-there" is not supported',
        'fell back',
        expect.any(Boolean),
      ],
      [
        `fs.readFile is not available: ${noFiles}`,
        `fs.readFileSync is not available: ${noFiles}`,
        'net.connect is not available: the sandbox has no sockets',
        true,
      ],
    ])
  })

  it('that a package leaves out for browsers, as its own files that it leaves out, is an empty object', async () => {
    const files = {
      'node_modules/left/package.json':
        '{"name":"left","browser":{"crypto":false,"./server.js":false,"./b.js":"./c.js"}}',
      'node_modules/left/index.js': `module.exports = () => [require('crypto'), require('./server'), require('./server.js'), require('./b')]`,
      'node_modules/left/server.js': `module.exports = 'the server'`,
      'node_modules/left/b.js': `module.exports = 'b'`,
      'node_modules/left/c.js': `module.exports = 'c'`,
      'main.js': `import left from 'left'\nexport const f = () => left()`,
    }
    expect(plain((await run(files))['f']?.())).toEqual([{}, {}, {}, 'c'])
  })
})

describe('a global of Node.js', () => {
  it('comes along where code names it, and else not', async () => {
    const without = await guests.bundle({ 'main.js': 'export const f = () => typeof require' })
    expect(without.length).toBeLessThan(2_000)
    const body = `export const f = () => [Buffer.from('a').toString('hex'), typeof process.nextTick, typeof setImmediate, global === globalThis]`
    expect(plain((await run({ 'main.js': body }))['f']?.())).toEqual(['61', 'function', 'function', true])
    const own = `const Buffer = 'mine', process = 1\nexport const f = () => [Buffer, process]`
    expect(plain((await run({ 'main.js': own }))['f']?.())).toEqual(['mine', 1])
  })

  it('takes ticks and immediates in their turn', async () => {
    const body = `export const f = async () => { const seen = []
await new Promise((done) => { setImmediate((a) => { seen.push(a); done() }, 'immediate'); process.nextTick((a) => seen.push(a), 'tick'); seen.push('now') })
return seen }`
    expect(plain(await (await run({ 'main.js': body }))['f']?.())).toEqual(['now', 'tick', 'immediate'])
  })
})
