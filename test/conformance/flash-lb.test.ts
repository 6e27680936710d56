// The routes of a load-balanced deployment (protocol.md §4.4): binding, defaults, statuses and texts as upstream has them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'

const KEY = 'a-key-for-the-routes-of-the-test'

const SOURCE = `let calls = 0
  export const process = (item_id, x, y = 2) => ({ item_id, x, y })
  export const listed = (limit = 10, q = null) => ({ limit, q })
  export const found = (item_id) => ({ item_id, type: typeof item_id })
  export const nothing = () => null
  export const counted = () => ++calls
  export const removed = (item_id) => ({ removed: item_id })
  export const put = (item_id, name) => ({ item_id, name })
  export const patched = (a, b = 'b') => [a, b]
  export const uploaded = (file, label = 'none') => ({ bytes: file.length, first: file[0], isBytes: file instanceof Uint8Array, label })
  export const failing = () => { throw new Error('a secret of the function') }
  export const looping = () => { for (;;); }
  export const hanging = () => new Promise(() => {})
  export const untold = (a, b = 5) => ({ a, b })
  export const listOfNothing = () => [undefined]
  export const slashed = () => 'slash'
  export const absentOne = undefined
  export const special = () => 'special'
  export const titled = (title) => ({ title: title ?? 'none' })
  export const unencodable = () => NaN`

const route = (name: string, method: string, path: string, parameters?: readonly object[], more: object = {}) => ({
  name,
  module: 'web',
  http_method: method,
  http_path: path,
  ...(parameters === undefined ? {} : { parameters }),
  ...more,
})
const one = (name: string, type: string, required = true) => ({ name, type, required })

const ARTIFACT: Artifact = {
  files: { 'web.js': SOURCE },
  resources: {
    web: {
      is_load_balanced: true,
      functions: [
        route('process', 'POST', '/process/{item_id}', [
          one('item_id', 'integer'),
          one('x', 'integer'),
          one('y', 'integer', false),
        ]),
        route('listed', 'GET', '/items', [one('limit', 'integer', false), one('q', 'string', false)]),
        route('titled', 'GET', '/titles', [one('title', 'string', false)]),
        route('found', 'GET', '/items/{item_id}', [one('item_id', 'integer')]),
        route('removed', 'DELETE', '/items/{item_id}', [one('item_id', 'string')]),
        route('put', 'PUT', '/items/{item_id}', [one('item_id', 'string'), one('name', 'string')]),
        route('patched', 'PATCH', '/items', [one('a', 'any'), one('b', 'any', false)]),
        route('special', 'GET', '/items/special', []),
        route('nothing', 'POST', '/nothing', []),
        route('counted', 'POST', '/counted', []),
        route('uploaded', 'POST', '/upload', [one('file', 'bytes'), one('label', 'string', false)]),
        route('failing', 'POST', '/failing', []),
        route('looping', 'POST', '/looping', [], { limits: { cpuMs: 100 } }),
        route('hanging', 'POST', '/hanging', [], { limits: { wallMs: 150 } }),
        route('untold', 'POST', '/untold'),
        route('unencodable', 'POST', '/unencodable', []),
        route('slashed', 'GET', '/slashed/', []),
        route('absentOne', 'POST', '/absent', []),
      ] as never,
    },
  },
}

interface Answered {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

function clientOf(deployed: DeployedService, headers: Readonly<Record<string, string>> = {}) {
  return async (method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) => {
    const isRaw = typeof body === 'string' || body instanceof FormData
    const response = await fetch(deployed.service.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
        ...more,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text(), headers: response.headers } satisfies Answered
  }
}

let deployed: DeployedService
let send: ReturnType<typeof clientOf>
beforeAll(async () => {
  deployed = await DeployedService.start(ARTIFACT)
  send = clientOf(deployed)
})
afterAll(() => deployed[Symbol.asyncDispose]())

const detailOf = (answer: Answered): unknown => (JSON.parse(answer.text) as { detail: unknown }).detail
const place = (...loc: readonly string[]): unknown => expect.objectContaining({ loc }) as unknown

describe('a request that binds', () => {
  test.for([
    ['POST', '/process/7', { x: 3 }, { item_id: 7, x: 3, y: 2 }],
    ['POST', '/process/7', { x: 3, y: 4, extra: 1 }, { item_id: 7, x: 3, y: 4 }],
    ['POST', '/process/7?x=9', { x: 3 }, { item_id: 7, x: 3, y: 2 }],
    ['GET', '/items', undefined, { limit: 10, q: null }],
    ['GET', '/titles', undefined, { title: 'none' }],
    ['GET', '/items?limit=5&q=a%20b', undefined, { limit: 5, q: 'a b' }],
    ['GET', '/items?q=1&unknown=2', undefined, { limit: 10, q: '1' }],
    ['GET', '/items/12', undefined, { item_id: 12, type: 'number' }],
    ['GET', '/items/special', undefined, 'special'],
    ['DELETE', '/items/a%20b', undefined, { removed: 'a b' }],
    ['PUT', '/items/a', { name: 'n' }, { item_id: 'a', name: 'n' }],
    ['PATCH', '/items', { a: [1, { b: null }] }, [[1, { b: null }], 'b']],
    ['POST', '/nothing', undefined, null],
    ['POST', '/nothing', { input: 1 }, null],
    ['POST', '/untold', { a: 1 }, { a: 1, b: 5 }],
  ] as const)('%s %s with %j answers 200 with what the function returns', async ([method, path, body, expected]) => {
    const answer = await send(method, path, body)
    expect(answer.status, answer.text).toBe(200)
    expect(JSON.parse(answer.text)).toEqual(expected)
    expect(answer.headers.get('content-type')).toContain('application/json')
  })

  test('finds the module as the request before it left it', async () => {
    const first = Number((await send('POST', '/counted')).text)
    expect(Number((await send('POST', '/counted')).text)).toBe(first + 1)
  })
})

describe('a request that does not bind answers 422 and says where', () => {
  test.for([
    ['an input in the shape of the queue', 'POST', '/process/7', { input: { x: 3 } }, ['body', 'x'], 'missing'],
    ['a body without a key', 'POST', '/process/7', {}, ['body', 'x'], 'missing'],
    ['a path that is no integer', 'POST', '/process/abc', { x: 3 }, ['path', 'item_id'], 'int_parsing'],
    ['a query that is no integer', 'GET', '/items?limit=many', undefined, ['query', 'limit'], 'int_parsing'],
    ['a value that is no integer', 'POST', '/process/7', { x: 'x' }, ['body', 'x'], 'int_parsing'],
    ['a value with a fraction', 'POST', '/process/7', { x: 1.5 }, ['body', 'x'], 'int_from_float'],
    ['a function that misses what no manifest told', 'POST', '/untold', {}, ['body', 'a'], 'missing'],
  ] as const)('for %s', async ([, method, path, body, loc, type]) => {
    const answer = await send(method, path, body)
    expect(answer.status, answer.text).toBe(422)
    expect(detailOf(answer)).toEqual([expect.objectContaining({ loc, type })])
  })

  test('for no body at all', async () => {
    const answer = await send('POST', '/process/7', '')
    expect(answer.status).toBe(422)
    expect(detailOf(answer)).toEqual([expect.objectContaining({ type: 'missing' })])
  })

  test('for everything that is wrong at once', async () => {
    expect(detailOf(await send('POST', '/process/abc', { y: 'z' }))).toEqual([
      place('path', 'item_id'),
      place('body', 'x'),
      place('body', 'y'),
    ])
  })

  test('for a body that is no JSON', async () => {
    const answer = await send('POST', '/process/7', '{"x":')
    expect(answer.status).toBe(422)
    expect(detailOf(answer)).toEqual([expect.objectContaining({ type: 'json_invalid' })])
  })

  test.for(['[]', '"x"', '5'])('for the body %s, which is no object', async (body) => {
    expect((await send('POST', '/process/7', body)).status).toBe(422)
  })
})

describe('a request without a route', () => {
  test.for(['/', '/itemz', '/items/1/2', '/process', '/%', '//items'])('to %s is not found', async (path) => {
    const answer = await send('GET', path)
    expect(answer.status).toBe(404)
    expect(answer.text).toBe('{"detail":"Not Found"}')
  })

  test('of the wrong method is told which there are', async () => {
    const answer = await send('POST', '/items/1', {})
    expect(answer.status).toBe(405)
    expect(answer.text).toBe('{"detail":"Method Not Allowed"}')
    expect(answer.headers.get('allow')).toBe('DELETE, GET, PUT')
  })

  test.for([
    ['/slashed', '/slashed/'],
    ['/items/?limit=3', '/items?limit=3'],
  ] as const)('to %s is sent on to %s', async ([path, to]) => {
    const answer = await send('GET', path)
    expect(answer.status).toBe(307)
    expect(answer.headers.get('location')).toMatch(new RegExp(`${to.replace('?', String.raw`\?`)}$`, 'u'))
  })

  test('to the paths of the service itself is answered by the service', async () => {
    expect((await send('GET', '/ping')).text).toBe('{"status":"healthy"}')
    expect(
      (await send('POST', '/execute', { function_name: 'f', function_code: 'x' })).headers.get('x-error-code'),
    ).toBe('LIVE_DISABLED')
  })
})

describe('a function that fails', () => {
  test('answers 500 without a word of what it threw', async () => {
    const answer = await send('POST', '/failing')
    expect(answer).toMatchObject({ status: 500, text: 'Internal Server Error' })
    expect(answer.headers.get('content-type')).toContain('text/plain')
  })

  test.for(['/unencodable', '/absent'])('at %s answers 500', async (path) => {
    expect(await send('POST', path)).toMatchObject({ status: 500, text: 'Internal Server Error' })
  })

  test('because it computes too much has the limit in its answer', async () => {
    const answer = await send('POST', '/looping')
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'LIMIT_CPU', limit: 100 } })
  })

  test('because it never answers is a timeout of the gateway', async () => {
    const answer = await send('POST', '/hanging')
    expect(answer.status).toBe(504)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'LIMIT_WALL', limit: 150 } })
  })
})

describe('bytes', () => {
  let keyed: DeployedService
  let sendKeyed: ReturnType<typeof clientOf>
  beforeAll(async () => {
    keyed = await DeployedService.start(ARTIFACT, { API_KEY: KEY })
    sendKeyed = clientOf(keyed, { authorization: `Bearer ${KEY}` })
  })
  afterAll(() => keyed[Symbol.asyncDispose]())

  const formOf = (fields: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): FormData => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') form.append(name, value)
      else form.append(name, new Blob([value]), 'file.bin')
    }
    return form
  }

  test('arrive as a Uint8Array, with the other fields beside them', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index + 250) % 256)
    const answer = await sendKeyed('POST', '/upload', formOf({ file: bytes, label: 'ö' }))
    expect(answer.status, answer.text).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({ bytes: 300, first: 250, isBytes: true, label: 'ö' })
  })

  test('may be none, and other fields may be left to their defaults', async () => {
    const answer = await sendKeyed('POST', '/upload', formOf({ file: new Uint8Array(0) }))
    expect(JSON.parse(answer.text)).toMatchObject({ bytes: 0, label: 'none' })
  })

  test('that are not there are missing', async () => {
    const answer = await sendKeyed('POST', '/upload', formOf({ label: 'x' }))
    expect(answer.status).toBe(422)
    expect(detailOf(answer)).toEqual([place('body', 'file')])
  })

  test('of a request without the key are not read', async () => {
    expect((await clientOf(keyed)('POST', '/upload', formOf({ file: new Uint8Array(1) }))).status).toBe(401)
  })

  test('are refused without a key, since any web page could send such a form', async () => {
    const { status } = await send('POST', '/upload', formOf({ file: new Uint8Array(1) }))
    expect(status).toBe(415)
  })
})
