// What each package of the list must do in the sandbox: a module whose `check` returns what stands beside it.

export interface PackageCheck {
  readonly spec: string
  readonly imports: string
  /** The body of an asynchronous function. */
  readonly body: string
  readonly expected: unknown
}

/** A stand-in for a server, where a package is a client. */
const ANSWER = `const asked = []
const fetch = async (url, init) => { asked.push([String(url), init.method]); return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } }) }`

export const PACKAGE_CHECKS: readonly PackageCheck[] = [
  {
    spec: 'lodash@4',
    imports: `import _ from 'lodash'`,
    body: `return [_.chunk([1, 2, 3], 2), _.template('<%= a %>!')({ a: 'x' }), _.get({ a: [{ b: 7 }] }, 'a[0].b')]`,
    expected: [[[1, 2], [3]], 'x!', 7],
  },
  {
    spec: 'lodash-es',
    imports: `import { groupBy, debounce } from 'lodash-es'`,
    body: `return [groupBy([6.1, 4.2, 6.3], Math.floor), typeof debounce]`,
    expected: [{ 4: [4.2], 6: [6.1, 6.3] }, 'function'],
  },
  {
    spec: 'zod',
    imports: `import { z } from 'zod'`,
    body: `const S = z.object({ a: z.number().int(), b: z.email() })
return [S.parse({ a: 1, b: 'x@example.com' }), S.safeParse({ a: 'no', b: 'no' }).error.issues.length]`,
    expected: [{ a: 1, b: 'x@example.com' }, 2],
  },
  {
    spec: 'valibot',
    imports: `import * as v from 'valibot'`,
    body: `return [v.parse(v.pipe(v.string(), v.trim()), ' a '), v.safeParse(v.number(), 'x').success]`,
    expected: ['a', false],
  },
  {
    spec: 'date-fns',
    imports: `import { addDays, formatISO, differenceInCalendarDays } from 'date-fns'`,
    body: `const day = new Date(Date.UTC(2024, 1, 28))
return [formatISO(addDays(day, 2), { representation: 'date' }), differenceInCalendarDays(addDays(day, 30), day)]`,
    expected: ['2024-03-01', 30],
  },
  {
    spec: 'dayjs',
    imports: `import dayjs from 'dayjs'
import utc from 'dayjs/plugin/utc'`,
    body: `dayjs.extend(utc)
return [dayjs.utc('2024-01-31').add(1, 'month').format('YYYY-MM-DD'), dayjs('x').isValid()]`,
    expected: ['2024-02-29', false],
  },
  {
    spec: 'uuid',
    imports: `import { v4, v5, validate, NIL } from 'uuid'`,
    body: `return [validate(v4()), v4() === v4(), v5('a', NIL)]`,
    expected: [true, false, '35b65f33-a679-5e76-af3c-273ea349ede4'],
  },
  {
    spec: 'uuid@3',
    imports: `import v4 from 'uuid/v4'
import v5 from 'uuid/v5'`,
    body: `return [/^[0-9a-f-]{36}$/.test(v4()), v5('example.com', v5.DNS)]`,
    expected: [true, 'cfbff0d1-9375-5685-968c-48ce8b15ae17'],
  },
  {
    spec: 'nanoid',
    imports: `import { nanoid, customAlphabet } from 'nanoid'`,
    body: `return [nanoid().length, /^[ab]{12}$/.test(customAlphabet('ab', 12)())]`,
    expected: [21, true],
  },
  {
    spec: 'ms',
    imports: `import ms from 'ms'`,
    body: `return [ms('2 days'), ms(60000)]`,
    expected: [172_800_000, '1m'],
  },
  {
    spec: 'axios',
    imports: `import axios from 'axios'`,
    body: `const client = axios.create({ baseURL: 'https://example.com', adapter: async (config) => ({ data: JSON.stringify({ url: config.url, sent: config.data }), status: 200, statusText: '', headers: {}, config }) })
client.interceptors.request.use((config) => { config.headers.set('x-a', '1'); return config })
const { data, config } = await client.post('/a', { b: 1 })
return [data, config.headers.get('x-a'), axios.getUri({ url: '/u', params: { q: [1, 2] } })]`,
    expected: [{ url: '/a', sent: '{"b":1}' }, '1', '/u?q%5B%5D=1&q%5B%5D=2'],
  },
  {
    spec: 'cheerio',
    imports: `import * as cheerio from 'cheerio'`,
    body: `const $ = cheerio.load('<ul><li class="a">x</li><li>y</li></ul>')
$('li.a').attr('id', 'q').text('z')
return [$('li').length, $('#q').text(), $.html('ul')]`,
    expected: [2, 'z', '<ul><li class="a" id="q">z</li><li>y</li></ul>'],
  },
  {
    spec: 'mathjs',
    imports: `import { evaluate, derivative, matrix, det } from 'mathjs'`,
    body: `return [evaluate('12.7 cm to inch').toString(), evaluate('sqrt(-4)').toString(), derivative('x^2 + x', 'x').toString(), det(matrix([[1, 2], [3, 4]]))]`,
    expected: ['5 inch', '2i', '2 * x + 1', -2],
  },
  {
    spec: 'ajv',
    imports: `import Ajv from 'ajv'`,
    body: `const validate = new Ajv().compile({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] })
return [validate({ a: 1 }), validate({ a: 'x' }), validate.errors[0].keyword]`,
    expected: [true, false, 'type'],
  },
  {
    spec: 'immer',
    imports: `import { produce } from 'immer'`,
    body: `const base = { a: [1] }
const next = produce(base, (draft) => { draft.a.push(2) })
return [base, next, Object.isFrozen(next)]`,
    expected: [{ a: [1] }, { a: [1, 2] }, true],
  },
  {
    spec: 'rxjs',
    imports: `import { from, interval, firstValueFrom, map, take, toArray } from 'rxjs'`,
    body: `return [await firstValueFrom(from([1, 2]).pipe(map((x) => x * 2), toArray())), await firstValueFrom(interval(1).pipe(take(2), toArray()))]`,
    expected: [
      [2, 4],
      [0, 1],
    ],
  },
  {
    spec: 'marked',
    imports: `import { marked } from 'marked'`,
    body: `return marked.parse('# A\\n\\n- *b*')`,
    expected: '<h1>A</h1>\n<ul>\n<li><em>b</em></li>\n</ul>\n',
  },
  {
    spec: 'yaml',
    imports: `import YAML from 'yaml'`,
    body: `return [YAML.parse('a: [1, 2]\\nb: &x {c: true}\\nd: *x'), YAML.stringify({ a: [1] })]`,
    expected: [{ a: [1, 2], b: { c: true }, d: { c: true } }, 'a:\n  - 1\n'],
  },
  {
    spec: 'papaparse',
    imports: `import Papa from 'papaparse'`,
    body: `return [Papa.parse('a,b\\n1,"x,y"', { header: true, dynamicTyping: true }).data, Papa.unparse([{ a: 1, b: 'x,y' }])]`,
    expected: [[{ a: 1, b: 'x,y' }], 'a,b\r\n1,"x,y"'],
  },
  {
    spec: 'handlebars',
    imports: `import Handlebars from 'handlebars'`,
    body: `Handlebars.registerHelper('up', (text) => text.toUpperCase())
return Handlebars.compile('{{#each list}}{{up this}}{{/each}} {{html}}')({ list: ['a', 'b'], html: '<i>' })`,
    expected: 'AB &lt;i&gt;',
  },
  {
    spec: 'react-dom',
    imports: `import { createElement as h, Suspense, use } from 'react'
import { renderToReadableStream } from 'react-dom/server'`,
    body: `const late = new Promise((done) => setTimeout(() => done('late'), 5))
const Late = () => h('b', null, use(late))
const page = h('p', null, 'a', h(Suspense, { fallback: 'wait' }, h(Late)))
const stream = await renderToReadableStream(page)
await stream.allReady
return (await new Response(stream).text()).replaceAll('<!-- -->', '').replaceAll(/<!--.?.?-->/gu, '')`,
    expected: '<p>a<b>late</b></p>',
  },
  {
    spec: 'hono',
    imports: `import { Hono } from 'hono'`,
    body: `const app = new Hono()
app.get('/a/:id', (c) => c.json({ id: c.req.param('id') }))
const found = await app.request('/a/7')
return [await found.json(), (await app.request('/no')).status]`,
    expected: [{ id: '7' }, 404],
  },
  {
    spec: 'jose',
    imports: `import { SignJWT, jwtVerify, generateKeyPair } from 'jose'`,
    body: `const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef')
const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
const { privateKey, publicKey } = await generateKeyPair('ES256')
const signed = await new SignJWT({ b: 2 }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
return [(await jwtVerify(token, secret)).payload, (await jwtVerify(signed, publicKey)).payload]`,
    expected: [{ a: 1 }, { b: 2 }],
  },
  {
    spec: 'decimal.js',
    imports: `import Decimal from 'decimal.js'`,
    body: `return [new Decimal('0.1').plus('0.2').toString(), Decimal.sqrt(2).toFixed(10)]`,
    expected: ['0.3', '1.4142135624'],
  },
  {
    spec: 'mustache',
    imports: `import Mustache from 'mustache'`,
    body: `return Mustache.render('{{#l}}{{.}}{{/l}} {{x}}', { l: [1, 2], x: '<' })`,
    expected: '12 &lt;',
  },
  {
    spec: 'jsonwebtoken',
    imports: `import jwt from 'jsonwebtoken'`,
    body: `const token = jwt.sign({ a: 1 }, 'secret', { noTimestamp: true })
let refused = ''
try { jwt.verify(token, 'other') } catch (error) { refused = error.message }
return [token, jwt.verify(token, 'secret'), refused]`,
    expected: [
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.57TF7smP9XDhIexBqPC-F1toZReYZLWb_YRU5tv0sxM',
      { a: 1 },
      'invalid signature',
    ],
  },
  {
    spec: 'bcryptjs',
    imports: `import bcrypt from 'bcryptjs'`,
    body: `const hash = bcrypt.hashSync('a', 4)
return [bcrypt.compareSync('a', hash), await bcrypt.compare('b', hash), bcrypt.compareSync('', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkY8jIucDrjc8deX1s.')]`,
    expected: [true, false, false],
  },
  {
    spec: 'crypto-js',
    imports: `import CryptoJS from 'crypto-js'`,
    body: `const box = CryptoJS.AES.encrypt('text', 'key').toString()
return [CryptoJS.SHA256('a').toString(), CryptoJS.AES.decrypt(box, 'key').toString(CryptoJS.enc.Utf8)]`,
    expected: ['ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'text'],
  },
  {
    spec: 'semver',
    imports: `import semver from 'semver'`,
    body: `return [semver.satisfies('1.2.3', '^1.0.0'), semver.inc('1.2.3', 'minor'), semver.coerce('v2').version]`,
    expected: [true, '1.3.0', '2.0.0'],
  },
  {
    spec: 'qs',
    imports: `import qs from 'qs'`,
    body: `return [qs.parse('a[b]=1&c[]=2&c[]=3'), qs.stringify({ a: { b: 'x y' } })]`,
    expected: [{ a: { b: '1' }, c: ['2', '3'] }, 'a%5Bb%5D=x%20y'],
  },
  {
    spec: 'events',
    imports: `import { EventEmitter, once } from 'events'`,
    body: `const emitter = new EventEmitter()
setTimeout(() => emitter.emit('a', 1, 2), 1)
return [await once(emitter, 'a'), emitter.listenerCount('a')]`,
    expected: [[1, 2], 0],
  },
  {
    spec: 'node-fetch',
    imports: `import fetch, { Headers } from 'node-fetch'`,
    body: `return [typeof fetch, fetch === globalThis.fetch, new Headers({ a: 'b' }).get('A')]`,
    expected: ['function', true, 'b'],
  },
  {
    spec: 'openai',
    imports: `import OpenAI from 'openai'`,
    body: `const answer = { choices: [{ message: { content: 'hi' } }] }
${ANSWER}
const client = new OpenAI({ apiKey: 'k', baseURL: 'https://example.com/v1', fetch })
const { choices } = await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] })
return [choices[0].message.content, asked]`,
    expected: ['hi', [['https://example.com/v1/chat/completions', 'POST']]],
  },
  {
    spec: '@anthropic-ai/sdk',
    imports: `import Anthropic from '@anthropic-ai/sdk'`,
    body: `const answer = { content: [{ type: 'text', text: 'hi' }] }
${ANSWER}
const client = new Anthropic({ apiKey: 'k', baseURL: 'https://example.com', fetch })
const { content } = await client.messages.create({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] })
return [content[0].text, asked]`,
    expected: ['hi', [['https://example.com/v1/messages', 'POST']]],
  },
  {
    spec: 'stripe',
    imports: `import Stripe from 'stripe'`,
    body: `const answer = { id: 'cus_1', object: 'customer' }
const reply = { getStatusCode: () => 200, getHeaders: () => ({}), getRawResponse: () => ({}), toStream: () => null, toJSON: async () => answer }
const asked = []
const httpClient = { getClientName: () => 'check', makeRequest: async (host, port, path, method) => { asked.push([host, path, method]); return reply } }
const stripe = new Stripe('sk_test_x', { httpClient, telemetry: false })
return [(await stripe.customers.create({ name: 'a' })).id, asked]`,
    expected: ['cus_1', [['api.stripe.com', '/v1/customers', 'POST']]],
  },
  {
    spec: 'csv-parse',
    imports: `import { parse } from 'csv-parse/sync'`,
    body: `return parse('a,b\\n1,"x\\ny"', { columns: true })`,
    expected: [{ a: '1', b: 'x\ny' }],
  },
  {
    spec: 'luxon',
    imports: `import { DateTime, Duration } from 'luxon'`,
    body: `return [DateTime.fromISO('2024-01-31T00:00:00Z', { zone: 'Europe/Paris' }).plus({ months: 1 }).toISO(), Duration.fromMillis(90_000).toFormat('m:ss')]`,
    expected: ['2024-02-29T01:00:00.000+01:00', '1:30'],
  },
  {
    spec: 'moment',
    imports: `import moment from 'moment'`,
    body: `return [moment.utc('2024-01-31').add(1, 'month').format('YYYY-MM-DD'), moment.duration(90, 'seconds').humanize()]`,
    expected: ['2024-02-29', '2 minutes'],
  },
  {
    spec: 'fast-xml-parser',
    imports: `import { XMLParser, XMLBuilder } from 'fast-xml-parser'`,
    body: `return [new XMLParser({ ignoreAttributes: false }).parse('<a><b c="1">x</b></a>'), new XMLBuilder().build({ a: { b: 1 } })]`,
    expected: [{ a: { b: { '#text': 'x', '@_c': '1' } } }, '<a><b>1</b></a>'],
  },
]

/** Packages that need what the sandbox does not have, and how each has to say so. */
export const ABSENT_CHECKS: readonly (Omit<PackageCheck, 'expected'> & { readonly says: RegExp })[] = [
  {
    spec: 'ioredis',
    imports: `import Redis from 'ioredis'`,
    body: `const redis = new Redis({ lazyConnect: true, retryStrategy: null })
await redis.connect()`,
    says: /\b(?:net|tls|dns)\.\w+ is not available: the sandbox has no sockets/u,
  },
  {
    spec: 'pg',
    imports: `import pg from 'pg'`,
    body: `await new pg.Client({ host: '127.0.0.1' }).connect()`,
    says: /\b(?:net|dns)\.\w+ is not available: the sandbox has no sockets/u,
  },
  {
    spec: 'express',
    imports: `import express from 'express'`,
    body: `express().listen(0)`,
    says: /\bhttp\.[\w.]+ is not available: the sandbox has no sockets/u,
  },
  {
    spec: 'sharp',
    imports: `import sharp from 'sharp'`,
    body: `await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).png().toBuffer()`,
    says: /sharp|is not available/u,
  },
]
