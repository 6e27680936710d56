// flash_manifest.json: Flash's own output is understood, and what is wrong with another is said with its place.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseManifest } from '../../src/protocol/manifest.ts'
import type { Manifest } from '../../src/protocol/manifest.ts'

const EXAMPLE = readFileSync(new URL('../fixtures/flash_manifest.example.json', import.meta.url), 'utf8')

interface Parts {
  readonly functions?: readonly object[]
  readonly resource?: object
  readonly registry?: object
  readonly top?: object
}

const ADD = { name: 'add', module: 'math' }
const ROUTE = { name: 'add', module: 'math', http_method: 'POST', http_path: '/add' }
const BALANCED = { is_load_balanced: true }

function manifestText({ functions = [ADD], resource = {}, registry = {}, top = {} }: Parts): string {
  return JSON.stringify({ resources: { r: { functions, ...resource } }, function_registry: registry, ...top })
}

function manifestOf(text: string): Manifest {
  const parsed = parseManifest(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.manifest
}

function problemOf(text: string): string {
  const parsed = parseManifest(text)
  if (parsed.ok) throw new Error('a manifest, although something is wrong')
  return parsed.message
}

describe('a manifest', () => {
  test('as Flash writes it is read whole', () => {
    const { resources, registry } = manifestOf(EXAMPLE)
    expect([...resources.keys()]).toEqual(['api-gw', 'cpu-pre', 'gpu-infer', 'model'])
    expect(Object.fromEntries(registry)).toEqual({
      items: 'api-gw',
      process: 'api-gw',
      preprocess: 'cpu-pre',
      infer: 'gpu-infer',
      Model: 'model',
    })
    expect(resources.get('api-gw')?.functions[1]).toMatchObject({
      http_method: 'POST',
      http_path: '/process/{item_id}',
    })
    expect(resources.get('gpu-infer')?.max_concurrency).toBe(4)
    expect(resources.get('model')?.functions[0]).toMatchObject({ is_class: true, class_methods: ['predict', 'reset'] })
  })

  test('may say more than Flash does: parameters, limits and concurrency of a function', () => {
    const parameters = [{ name: 'a', type: 'integer', required: false }, { name: 'b' }]
    const more = { ...ADD, parameters, limits: { wallMs: 10 }, max_concurrency: 3 }
    expect(manifestOf(manifestText({ functions: [more] })).resources.get('r')?.functions[0]).toMatchObject({
      parameters: [
        { name: 'a', type: 'integer', isRequired: false },
        { name: 'b', type: 'any', isRequired: true },
      ],
      limits: { wallMs: 10 },
      max_concurrency: 3,
    })
  })

  test('may have null wherever a key may be absent, and resources without functions', () => {
    const nulls = { ...ADD, http_method: null, http_path: null, class_methods: null, is_class: null, limits: null }
    const text = manifestText({ functions: [nulls], top: { resources_endpoints: null, bundled: null } })
    expect(manifestOf(text).resources.get('r')?.functions[0]).toMatchObject({ is_class: false, class_methods: [] })
    expect(
      manifestOf('{"resources":{"mothership":{"is_mothership":true}},"function_registry":{}}').resources.size,
    ).toBe(1)
  })

  test('with names of prototypes has them as names and as nothing else', () => {
    const text = `{"resources":{"__proto__":{"functions":[{"name":"constructor","module":"toString"},
      {"name":"__proto__","module":"__proto__"}]}},"function_registry":{"constructor":"__proto__","__proto__":"__proto__"}}`
    const { resources, registry } = manifestOf(text)
    expect([...registry]).toEqual([
      ['constructor', '__proto__'],
      ['__proto__', '__proto__'],
    ])
    expect(resources.get('__proto__')?.functions).toHaveLength(2)
    expect(problemOf(manifestText({ registry: { add: 'constructor' } }))).toContain("no resource 'constructor'")
  })

  test('may use a path in two resources, for each is an endpoint of its own', () => {
    const other = { ...BALANCED, functions: [{ ...ROUTE, name: 'other' }] }
    const one = { ...BALANCED, functions: [ROUTE] }
    expect(manifestOf(JSON.stringify({ resources: { one, other }, function_registry: {} })).resources.size).toBe(2)
  })
})

describe('what is wrong is told with its JSON path', () => {
  const place = 'resources.r.functions[0]'
  test.each<[start: string, parts: Parts]>([
    [`${place}.name: must be text.`, { functions: [{ ...ADD, name: 7 }] }],
    [`${place}.name: must be one identifier.`, { functions: [{ ...ADD, name: 'a}; evil(' }] }],
    [`${place}.module: must be a module name`, { functions: [{ ...ADD, module: '../../etc' }] }],
    [`${place}.module: must be a module name`, { functions: [{ ...ADD, module: 'a..b' }] }],
    [`${place}.module: must be a module name`, { functions: [{ ...ADD, module: 'a/b' }] }],
    ['resources.r.functions: must be a list.', { resource: { functions: {} } }],
    ['resources.r.max_concurrency: Input should be a positive integer', { resource: { max_concurrency: 0 } }],
    ['resources.r.return_aggregate_stream: must be true or false.', { resource: { return_aggregate_stream: 1 } }],
    [`${place}.return_aggregate_stream: must be true`, { functions: [{ ...ADD, return_aggregate_stream: 'yes' }] }],
    ["resources.r.functions[1].name: 'add' is in resource 'r' already.", { functions: [ADD, ADD] }],
    [`${place}.class_methods: 'add' is not a class.`, { functions: [{ ...ADD, class_methods: ['m'] }] }],
    [`${place}.class_methods: must not repeat`, { functions: [{ ...ADD, is_class: true, class_methods: ['m', 'm'] }] }],
    [`${place}.http_method: is needed`, { functions: [ADD], resource: BALANCED }],
    [`${place}.http_path: is needed`, { functions: [{ ...ROUTE, http_path: null }], resource: BALANCED }],
    [
      `${place}.http_method: must be one of GET`,
      { functions: [{ ...ROUTE, http_method: 'TRACE' }], resource: BALANCED },
    ],
    [`${place}.http_path: must begin with '/'.`, { functions: [{ ...ROUTE, http_path: 'add' }], resource: BALANCED }],
    [`${place}.http_path: must be made of`, { functions: [{ ...ROUTE, http_path: '/%70ing' }], resource: BALANCED }],
    [`${place}.http_path: must be made of`, { functions: [{ ...ROUTE, http_path: '//ping' }], resource: BALANCED }],
    [
      "resources.r.functions[1].http_path: POST /add/{b}/ is the route of 'add' already.",
      {
        functions: [
          { ...ROUTE, http_path: '/add/{a}' },
          { ...ROUTE, name: 'also', http_path: '/add/{b}/' },
        ],
        resource: BALANCED,
      },
    ],
    [
      `${place}.limits.cpuSeconds: must be an object of known limits.`,
      { functions: [{ ...ADD, limits: { cpuSeconds: 1 } }] },
    ],
    [`${place}.limits.memoryMb: must be at least 8.`, { functions: [{ ...ADD, limits: { memoryMb: 7 } }] }],
    [
      `${place}.parameters[0].type: must be one of string`,
      { functions: [{ ...ADD, parameters: [{ name: 'a', type: 'int' }] }] },
    ],
    [`${place}.parameters: must not repeat`, { functions: [{ ...ADD, parameters: [{ name: 'a' }, { name: 'a' }] }] }],
    ["function_registry.add: there is no resource 'x'.", { registry: { add: 'x' } }],
    ["function_registry.sub: resource 'r' has no function 'sub'.", { registry: { sub: 'r' } }],
    [
      'resources_endpoints.r: must be an http or https URL.',
      { top: { resources_endpoints: { r: 'file:///etc/passwd' } } },
    ],
    [
      'bundled.math.file: must be a relative path',
      { top: { bundled: { math: { file: 'a/../../b', kind: 'script', hash: 'a'.repeat(64), source: 'a.ts' } } } },
    ],
    ['resources: must be an object.', { top: { resources: [] } }],
  ])('%s', (start, parts) => {
    expect(problemOf(manifestText(parts)).slice(0, start.length)).toBe(start)
  })

  test('and a function in two resources with both of them', () => {
    const one = { functions: [ADD] }
    expect(problemOf(JSON.stringify({ resources: { one, two: one }, function_registry: {} }))).toBe(
      "resources.two.functions[0].name: 'add' is in resource 'one' already.",
    )
  })

  test.each(['', '[]', 'null', '{}', '{"resources":{}}'])('also when the text is only %j', (text) => {
    expect(problemOf(text)).toMatch(/^(?:flash_manifest\.json|resources|function_registry): .+\.$/u)
  })

  test.each([
    '/execute',
    '/ping',
    '/PING/',
    '/ready',
    '/purge-queue',
    '/cancel/1',
    '/status-sync/1',
    '/v2',
    '/v2/x/run',
    '/run',
    '/runsync',
    '/status/1',
    '/health',
    '/admin/a',
  ])('a route at %s is the service’s own', (path) => {
    expect(problemOf(manifestText({ functions: [{ ...ROUTE, http_path: path }], resource: BALANCED }))).toBe(
      `${place}.http_path: is a path of the service itself.`,
    )
  })

  test.each(['/', '/executes', '/v2x', '/running/{id}', '/a/{b}/c.json'])('a route at %s is free', (path) => {
    expect(
      manifestOf(manifestText({ functions: [{ ...ROUTE, http_path: path }], resource: BALANCED })).resources.size,
    ).toBe(1)
  })
})
