// The table of load-balanced routes: which function a method and a path mean, as FastAPI and Starlette decide it.
import { describe, expect, test } from 'vitest'
import type { DeployedFunction, HttpMethod } from '../../src/core/deployment.ts'
import { createRouteTable } from '../../src/http/lb/route-table.ts'
import { routedFunction } from '../support/routed-function.ts'

const routed = (name: string, method: HttpMethod, path: string): DeployedFunction =>
  routedFunction(method, path, { name })

const table = createRouteTable([
  routed('root', 'GET', '/'),
  routed('item', 'GET', '/items/{id}'),
  routed('mine', 'GET', '/items/me'),
  routed('put', 'PUT', '/items/{key}'),
  routed('later', 'GET', '/items/me'),
  routed('part', 'GET', '/items/{id}/parts/{part}'),
  routed('special', 'GET', '/items/me/special/{x}'),
  routed('list', 'GET', '/list/'),
  routed('go', 'POST', '/go'),
  routed('proto', 'GET', '/__proto__/{__proto__}'),
  routed('umlaut', 'GET', '/straße/{a b}'),
  routed('braces', 'GET', '/a{b}/{}'),
  routed('any', 'GET', '/x/{a}/'),
  { ...routed('unrouted', 'GET', '/unrouted'), route: null },
])

function seen(method: string, path: string): unknown {
  const match = table.match(method, path)
  if (match.kind === 'found') return [match.fn.name, Object.fromEntries(match.pathValues)]
  if (match.kind === 'method') return `405 ${match.allow}`
  return match.kind === 'redirect' ? `307 ${match.path}` : 404
}

describe('a route', () => {
  test.each([
    ['GET', '/', ['root', {}]],
    ['GET', '/items/7', ['item', { id: '7' }]],
    ['GET', '/items/me', ['mine', {}]],
    ['GET', '/items/%6De', ['mine', {}]],
    ['PUT', '/items/me', ['put', { key: 'me' }]],
    ['GET', '/items/me/parts/1', ['part', { id: 'me', part: '1' }]],
    ['GET', '/items/me/special/1', ['special', { x: '1' }]],
    ['GET', '/items/a%20b%2B+%C3%A9', ['item', { id: 'a b++é' }]],
    ['GET', '/items/%00', ['item', { id: '\0' }]],
    ['GET', '/items/constructor', ['item', { id: 'constructor' }]],
    ['GET', '/stra%C3%9Fe/1', ['umlaut', { 'a b': '1' }]],
    ['GET', '/a{b}/{}', ['braces', {}]],
    ['GET', '/list/', ['list', {}]],
  ])('%s %s is found', (method, path, expected) => {
    expect(seen(method, path)).toEqual(expected)
  })

  test('a parameter named __proto__ is data like any other', () => {
    const match = table.match('GET', '/__proto__/x')
    expect(match.kind === 'found' && [...match.pathValues]).toEqual([['__proto__', 'x']])
  })

  test.each([
    ['HEAD', '/items/7', '405 GET, PUT'],
    ['OPTIONS', '/go', '405 POST'],
    ['get', '/go', '405 POST'],
    ['DELETE', '/items/me', '405 GET, PUT'],
    ['constructor', '/go', '405 POST'],
  ])('%s %s is not allowed, and the answer says what is', (method, path, expected) => {
    expect(seen(method, path)).toBe(expected)
  })

  test.each([
    '',
    '/none',
    '/unrouted',
    '//',
    '/items',
    '/items/',
    '/items//parts/1',
    '/items/%zz',
    '/items/%ff',
    '/items/%',
    '/items/a%2Fb',
    '/items/7/parts',
    '/items/7/parts/1/2',
    '/list//',
    '//go',
    '/constructor',
    '/a/x',
  ])('GET %j is nothing', (path) => {
    expect(seen('GET', path)).toBe(404)
  })

  test.each([
    ['GET', '/items/7/', '307 /items/7'],
    ['GET', '/items/a%20b/', '307 /items/a%20b'],
    ['GET', '/list', '307 /list/'],
    ['GET', '/go/', '307 /go'],
    ['POST', '/go//', '307 /go'],
    ['HEAD', '/x/1', '307 /x/1/'],
  ])('%s %s differs by its slash only and is redirected', (method, path, expected) => {
    expect(seen(method, path)).toBe(expected)
  })

  test('no redirect leads to another host', () => {
    const open = createRouteTable([routed('one', 'GET', '/{a}'), routed('two', 'GET', '//{a}')])
    for (const path of ['/\\evil.example/', '//evil.example/', '/ evil/', '/evil\u0000/']) {
      expect(open.match('GET', path)).toEqual({ kind: 'none' })
    }
    expect(open.match('GET', '/fine/')).toEqual({ kind: 'redirect', path: '/fine' })
  })

  test('long and deep paths cost little, whatever the table is', () => {
    const both = ['a', '{x}']
    const paths = both.flatMap((a) =>
      both.flatMap((b) => both.flatMap((c) => both.map((d) => `/${a}/${b}/${c}/${d}/end`))),
    )
    const wide = createRouteTable(paths.map((path) => routed(path, 'GET', path)))
    const startedMs = performance.now()
    for (const path of ['/'.repeat(5_000_000), '/a'.repeat(4_000), `/${'%41'.repeat(2_700)}`, '/a/a/a/a/no']) {
      expect(wide.match('GET', path)).toEqual({ kind: 'none' })
    }
    expect(performance.now() - startedMs).toBeLessThan(500)
    expect(wide.match('GET', '/a/a/b/a/end')).toMatchObject({ kind: 'found', fn: { name: '/a/a/{x}/a/end' } })
  })

  test('a table without routes matches nothing', () => {
    expect(createRouteTable([]).match('GET', '/')).toEqual({ kind: 'none' })
  })
})
