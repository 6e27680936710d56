// The decisions behind a call of another resource: which function, where, with what request, and what an answer means.
import { describe, expect, test } from 'vitest'
import type { Deployment, HttpMethod } from '../../src/core/deployment.ts'
import { EndpointMap } from '../../src/remote/endpoint-map.ts'
import { findTarget } from '../../src/remote/find-target.ts'
import { readJob } from '../../src/remote/read-job.ts'
import { parseResourceUrls } from '../../src/remote/resource-urls.ts'
import { toRouteRequest } from '../../src/remote/route-request.ts'
import { deployedFunction } from '../support/deployed-parts.ts'

function deploymentOf(urls: Record<string, string>, servedResource: string | null = 'own'): Deployment {
  const functions = [
    deployedFunction('own', 'own'),
    deployedFunction('first', 'queue'),
    deployedFunction('second', 'queue'),
    deployedFunction('get', 'api', { route: { method: 'GET', path: '/x' } }),
  ]
  const names = ['own', 'queue', 'api']
  return {
    endpoint: 'default',
    version: '1',
    resources: names.map((name) => ({
      name,
      isLoadBalanced: name === 'api',
      functions: functions.filter(({ resource }) => resource === name),
    })),
    registry: new Map(functions.map(({ name, resource }) => [name, resource])),
    modules: new Map(),
    servedResource,
    resourceUrls: new Map(Object.entries(urls)),
  }
}

const mapOf = (given: Record<string, string> = {}): EndpointMap =>
  new EndpointMap({ read: async () => null, given: new Map(Object.entries(given)), now: () => 0 })

describe('a target', () => {
  const find = async (name: string, deployment: Deployment, given?: Record<string, string>): Promise<object> =>
    findTarget(name, { deployment, resource: 'own' }, mapOf(given))

  test.each([
    ['https://h/v2/abc', 'https://h/v2/abc'],
    ['https://h/v2/abc/', 'https://h/v2/abc'],
    ['https://h/v2/abc/run', 'https://h/v2/abc'],
    ['https://h/v2/abc/runsync/', 'https://h/v2/abc'],
  ])('of a queue at %s has the base %s', async (url, base) => {
    expect(await find('first', deploymentOf({ queue: url }))).toMatchObject({ kind: 'queue', base })
  })

  test('of a route keeps what its URL ends with', async () => {
    const found = await find('get', deploymentOf({ api: 'https://h/run/' }))
    expect(found).toMatchObject({ kind: 'route', base: 'https://h/run', route: { path: '/x' } })
  })

  test('that is not the first function of its queue is refused by name', async () => {
    expect(await find('second', deploymentOf({ queue: 'https://h' }))).toMatchObject({
      kind: 'none',
      failure: { code: 'EGRESS_DENIED', message: expect.stringContaining("'first', and not 'second'") },
    })
  })

  test('without a URL is here when the service serves it, and refused when not', async () => {
    expect(await find('second', deploymentOf({}, null))).toMatchObject({ kind: 'here' })
    expect(await find('own', deploymentOf({}))).toMatchObject({ kind: 'here' })
    expect(await find('second', deploymentOf({}))).toMatchObject({ kind: 'none' })
  })

  test('with a URL is there, whoever could serve it, and the operator has the last word', async () => {
    expect(await find('first', deploymentOf({ queue: 'https://a' }, null))).toMatchObject({ base: 'https://a' })
    const given = { queue: 'https://b' }
    expect(await find('first', deploymentOf({ queue: 'https://a' }), given)).toMatchObject({ base: 'https://b' })
  })

  test('that the manifest does not have is told as upstream does', async () => {
    expect(await find('nothing', deploymentOf({}))).toEqual({
      kind: 'none',
      failure: { code: 'ENTRY_NOT_FOUND', message: "Function 'nothing' not found in flash_manifest.json" },
    })
  })
})

describe('the map of URLs', () => {
  function start(read: () => Promise<ReadonlyMap<string, string> | null>) {
    const clock = { nowMs: 0, reads: 0 }
    const map = new EndpointMap({
      read: async () => {
        clock.reads++
        return read()
      },
      given: new Map(),
      now: () => clock.nowMs,
    })
    return { map, clock }
  }
  const deployment = deploymentOf({ queue: 'https://old' })

  test('is read once for calls that come together, and again after 300 s', async () => {
    let url = 'https://one'
    const { map, clock } = start(async () => new Map([['queue', url]]))
    const both = await Promise.all([map.urlOf(deployment, 'queue'), map.urlOf(deployment, 'queue')])
    expect([both, clock.reads]).toEqual([['https://one', 'https://one'], 1])
    url = 'https://two'
    clock.nowMs = 299_999
    expect(await map.urlOf(deployment, 'queue')).toBe('https://one')
    clock.nowMs = 300_000
    expect(await map.urlOf(deployment, 'queue')).toBe('https://two')
    expect(clock.reads).toBe(2)
  })

  test.each([
    ['says nothing', async () => null],
    ['fails', async () => Promise.reject(new Error('no disk'))],
  ])('goes on as it was when reading %s, and is not read at once again', async (_, read) => {
    const { map, clock } = start(read)
    expect(await map.urlOf(deployment, 'queue')).toBe('https://old')
    expect(await map.urlOf(deployment, 'api')).toBeNull()
    expect(clock.reads).toBe(1)
  })
})

describe('a request of a route', () => {
  const request = (method: HttpMethod, path: string, given: Record<string, unknown>, parameters = null as never) => {
    const made = toRouteRequest(
      'https://h/base',
      deployedFunction('f', 'api', { parameters }),
      { method, path },
      new Map(Object.entries(given)),
    )
    return typeof made === 'string' ? made : [made.url.href, made.body]
  }

  test('has its path filled, and the rest in the body', () => {
    expect(request('POST', '/a/{id}/{n}', { id: 'x/y', n: 1.5, more: [null] })).toEqual([
      'https://h/base/a/x%2Fy/1.5',
      '{"more":[null]}',
    ])
  })

  test('has the numbers of its arguments in its body as they are', () => {
    const [, body] = request('POST', '/a', { x: -0, y: [Infinity] })
    expect(body).toBe('{"x":-0,"y":[1e999]}')
  })

  test('by GET has the rest in the query, lists several times', () => {
    expect(request('GET', '/a', { q: 'ä &', list: [1, true], none: null })).toEqual([
      'https://h/base/a?q=%C3%A4+%26&list=1&list=true',
      null,
    ])
  })

  test.each([
    ['a step up', { id: '..' }],
    ['an empty segment', { id: '' }],
    ['half a surrogate pair', { id: '\ud800' }],
    ['an object', { id: {} }],
    ['nothing', {}],
  ])('is refused for %s in its path', (_, given) => {
    expect(request('POST', '/a/{id}', given)).toBe(
      "'id' of 'f' is part of the path: it must be a text, a number or a boolean.",
    )
  })

  test('is refused for an object in the query', () => {
    expect(request('GET', '/a', { q: { x: 1 } })).toContain("'q' of 'f' is part of the query")
  })
})

describe('a job', () => {
  test.each([
    [{ status: 'COMPLETED', output: 1 }, { kind: 'completed' }],
    [{ status: 'COMPLETED', output: { error: null } }, { kind: 'completed' }],
    [
      { status: 'COMPLETED', output: { error: 'no' } },
      { kind: 'failed', error: 'no' },
    ],
    [
      { status: 'FAILED', error: { x: 1 } },
      { kind: 'failed', error: '{"x":1}' },
    ],
    [{ status: 'TIMED_OUT' }, { kind: 'failed', error: 'The job ended as TIMED_OUT.' }],
    [
      { status: 'IN_QUEUE', id: 'a-1' },
      { kind: 'waiting', id: 'a-1' },
    ],
  ])('%j is %j', (job, read) => {
    expect(readJob(JSON.stringify(job))).toEqual(read)
  })

  test.each(['', '[]', '{}', '{"status":1}', '{"status":"IN_QUEUE"}', '{"status":"IN_QUEUE","id":"a/b"}'])(
    '%s is none',
    (text) => {
      expect(readJob(text)).toMatchObject({ kind: 'malformed' })
    },
  )
})

describe('RESOURCE_URLS', () => {
  test('are names with URLs', () => {
    expect(parseResourceUrls('a=http://127.0.0.1:1/v2/x, b=https://h')).toEqual(
      new Map([
        ['a', 'http://127.0.0.1:1/v2/x'],
        ['b', 'https://h/'],
      ]),
    )
    expect(parseResourceUrls('')).toEqual(new Map())
  })

  test.each([
    'a',
    'a=',
    'a=ftp://h',
    'a=http://u:p@h',
    'a=http://h?x=1',
    'a=http://h,',
    '=http://h',
    'a=http://h:99999',
  ])('%s is refused', (text) => {
    expect(parseResourceUrls(text)).toBeNull()
  })
})
