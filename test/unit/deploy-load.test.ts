// From a folder to a deployment: which files modules are, what the bundler is asked for, and what a version is made of.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment.ts'
import type { BundleModule, BundleRequest } from '../../src/deploy/bundle-port.ts'
import { loadArtifact } from '../../src/deploy/load-artifact.ts'

let folder = ''
let root = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-'))
  root = join(folder, 'root')
  await mkdir(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

const bundleName: BundleModule = ({ file }) => Promise.resolve({ ok: true, code: `bundled ${file}`, kind: 'script' })

async function load(bundle = bundleName, servedResource: string | null = null): ReturnType<typeof loadArtifact> {
  return loadArtifact(root, { endpoint: 'default', servedResource, bundle })
}

async function loaded(bundle?: BundleModule, servedResource?: string): Promise<Deployment> {
  const result = await load(bundle, servedResource)
  if (!result.ok) throw new Error(result.message)
  return result.deployment
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

async function writeManifest(functions: readonly object[], top: object = {}, resource: object = {}): Promise<void> {
  const manifest = { resources: { r: { functions, ...resource } }, function_registry: {}, ...top }
  await write('flash_manifest.json', JSON.stringify(manifest))
}

describe('a deployment', () => {
  test('has the functions of the manifest with what they are given and what they inherit', async () => {
    await write('api.ts', '')
    await write('model.js', '')
    const manifest = {
      resources: {
        web: {
          is_load_balanced: true,
          max_concurrency: 4,
          return_aggregate_stream: true,
          functions: [
            { name: 'get', module: 'api', http_method: 'get', http_path: '/x/{id}' },
            {
              name: 'put',
              module: 'api',
              http_method: 'PUT',
              http_path: '/x',
              max_concurrency: 2,
              return_aggregate_stream: false,
            },
          ],
        },
        model: {
          functions: [{ name: 'M', module: 'model', is_class: true, class_methods: ['a', 'b'], limits: { wallMs: 5 } }],
        },
      },
      function_registry: { get: 'web', M: 'model' },
      resources_endpoints: { model: 'https://api.example/v2/1' },
    }
    await write('flash_manifest.json', JSON.stringify(manifest))
    const { resources, registry, modules, resourceUrls } = await loaded()
    const functions = resources.flatMap((resource) => resource.functions)
    expect(functions.map(({ name, maxConcurrency, route }) => [name, maxConcurrency, route])).toEqual([
      ['get', 4, { method: 'GET', path: '/x/{id}' }],
      ['put', 2, { method: 'PUT', path: '/x' }],
      ['M', 1, null],
    ])
    expect(functions.map(({ isStreamAggregated = false }) => isStreamAggregated)).toEqual([true, false, false])
    expect(functions[2]).toMatchObject({ kind: 'class', methods: ['a', 'b'], limits: { wallMs: 5 }, resource: 'model' })
    expect([...registry.keys()]).toEqual(['get', 'M'])
    expect(resourceUrls.get('model')).toBe('https://api.example/v2/1')
    expect(modules.get('api')).toEqual({
      name: 'api',
      kind: 'script',
      code: 'bundled api.ts',
      hash: sha256('bundled api.ts'),
      fileName: 'api.ts',
    })
  })

  test('lets light calls of routes overlap, and no others, unless it says how many do', async () => {
    await write('a.ts', '')
    const functions = [
      { name: 'f', module: 'a', http_method: 'GET', http_path: '/f' },
      { name: 'g', module: 'a', http_method: 'GET', http_path: '/g', max_concurrency: 1 },
    ]
    const manifest = {
      resources: { web: { is_load_balanced: true, functions }, queue: { functions: [{ name: 'h', module: 'a' }] } },
      function_registry: {},
    }
    await write('flash_manifest.json', JSON.stringify(manifest))
    const { resources } = await loaded()
    const concurrency = resources.flatMap((resource) =>
      resource.functions.map(({ maxConcurrency, learnsConcurrency = false }) => [maxConcurrency, learnsConcurrency]),
    )
    expect(concurrency).toEqual([
      [8, true],
      [1, false],
      [1, false],
    ])
  })

  test('asks the bundler once for each module, for all names that are wanted of it', async () => {
    await write('a/b.ts', '')
    await writeManifest([
      { name: 'x', module: 'a.b' },
      { name: 'y', module: 'a.b' },
    ])
    const requests: BundleRequest[] = []
    await loaded((request) => {
      requests.push(request)
      return bundleName(request)
    })
    expect(requests).toEqual([{ root, file: 'a/b.ts', exports: ['x', 'y'] }])
  })

  test.each(['a/b.js', 'a/b.mjs', 'a/b.ts', 'a/b.mts', 'a/b/index.js', 'a/b/index.ts'])(
    'finds a.b in %s',
    async (file) => {
      await write(file, '')
      await writeManifest([{ name: 'x', module: 'a.b' }])
      expect((await loaded()).modules.get('a.b')?.fileName).toBe(file)
    },
  )

  test('of one resource loads only what that resource needs', async () => {
    await write('js.js', '')
    await write('py.py', '')
    const resources = {
      one: { functions: [{ name: 'x', module: 'js' }] },
      two: { functions: [{ name: 'y', module: 'py' }], python_version: '3.12' },
    }
    await write('flash_manifest.json', JSON.stringify({ resources, function_registry: {} }))
    const deployment = await loaded(bundleName, 'one')
    expect([...deployment.modules.keys()]).toEqual(['js'])
    expect(deployment.resources.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(await load(bundleName, 'three')).toMatchObject({
      ok: false,
      message: expect.stringContaining("'one', 'two'"),
    })
  })

  test.each([
    ['the same route', '/items/{id}', '/items/{id}'],
    ['routes that match the same requests', '/items/{id}', '/items/{key}/'],
  ])(
    'with %s in two resources is refused with both functions, unless it serves one of them',
    async (_, path, other) => {
      await write('m.js', '')
      const resources = {
        one: { is_load_balanced: true, functions: [{ name: 'x', module: 'm', http_method: 'GET', http_path: path }] },
        two: { is_load_balanced: true, functions: [{ name: 'y', module: 'm', http_method: 'get', http_path: other }] },
      }
      await write('flash_manifest.json', JSON.stringify({ resources, function_registry: {} }))
      const refused = await load()
      expect(refused).toMatchObject({ ok: false })
      expect(refused.ok ? '' : refused.message).toContain(
        `'x' of resource 'one' (GET ${path}) and 'y' of resource 'two' (GET ${other})`,
      )
      expect((await load(bundleName, 'two')).ok).toBe(true)
    },
  )

  test('may have one path for two methods, and the route of a queue function that no request reaches', async () => {
    await write('m.js', '')
    const entry = (name: string, method: string): object => ({
      name,
      module: 'm',
      http_method: method,
      http_path: '/x',
    })
    const resources = {
      one: { is_load_balanced: true, functions: [entry('x', 'GET')] },
      two: { is_load_balanced: true, functions: [entry('y', 'PUT')] },
      queue: { functions: [entry('z', 'GET')] },
    }
    await write('flash_manifest.json', JSON.stringify({ resources, function_registry: {} }))
    expect((await load()).ok).toBe(true)
  })

  test('has the same version for the same content, and another when a module or the manifest differs', async () => {
    await write('m.js', '')
    await writeManifest([{ name: 'x', module: 'm' }])
    const { version } = await loaded()
    expect(version).toMatch(/^[0-9a-f]{16}$/u)
    expect((await loaded()).version).toBe(version)
    const other: BundleModule = () => Promise.resolve({ ok: true, code: 'other', kind: 'script' })
    expect((await loaded(other)).version).not.toBe(version)
    await writeManifest([{ name: 'x', module: 'm' }], { project_name: 'renamed' })
    expect((await loaded()).version).not.toBe(version)
  })
})

describe('a module that is bundled already', () => {
  const CODE = 'globalThis.workerIsolateModule = {}'
  const bundled = { m: { file: 'bundles/m.js', kind: 'script', hash: sha256(CODE), source: 'm.ts' } }
  const never: BundleModule = () => Promise.reject(new Error('was bundled again'))

  test('is taken as it is, under the name of its source', async () => {
    await write('bundles/m.js', CODE)
    await writeManifest([{ name: 'x', module: 'm' }], { bundled })
    const { modules } = await loaded(never)
    expect(modules.get('m')).toEqual({ name: 'm', kind: 'script', code: CODE, hash: sha256(CODE), fileName: 'm.ts' })
  })

  test('has the map beside it, with names and texts of the artifact only, and does without one that is none', async () => {
    await write('bundles/m.js', CODE)
    await writeManifest([{ name: 'x', module: 'm' }], { bundled })
    const sources = ['m.ts', '../../../home/me/node_modules/p/i.js', '../up.ts']
    await write(
      'bundles/m.js.map',
      JSON.stringify({ version: 3, sources, sourcesContent: ['mine', 'theirs', 'up'], names: ['n'], mappings: 'AAAA' }),
    )
    expect((await loaded(never)).modules.get('m')?.map).toEqual({
      json: '{"version":3,"sources":["m.ts","node_modules/p/i.js","up.ts"],"names":[],"mappings":"AAAA"}',
      texts: new Map([
        ['m.ts', 'mine'],
        ['up.ts', 'up'],
      ]),
    })
    for (const map of [
      '',
      'null',
      '{}',
      '{"sources":[5],"mappings":""}',
      `{"sources":[],"mappings":"${'A'.repeat(2_100_000)}"}`,
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one file
      await write('bundles/m.js.map', map)
      // oxlint-disable-next-line no-await-in-loop -- one file
      expect((await loaded(never)).modules.get('m')).not.toHaveProperty('map')
    }
  })

  test('is refused when its content is not what the manifest says', async () => {
    await write('bundles/m.js', `${CODE};`)
    await writeManifest([{ name: 'x', module: 'm' }], { bundled })
    expect(await load(never)).toMatchObject({ ok: false, message: expect.stringContaining(sha256(`${CODE};`)) })
  })

  test('is refused when it is a link out of the artifact', async () => {
    await writeFile(join(folder, 'secret.js'), CODE)
    await mkdir(join(root, 'bundles'))
    await symlink('../../secret.js', join(root, 'bundles/m.js'))
    await writeManifest([{ name: 'x', module: 'm' }], { bundled })
    expect(await load(never)).toMatchObject({ ok: false, message: expect.stringContaining('link out of the artifact') })
  })
})

describe('an artifact is refused', () => {
  const ONE = [{ name: 'x', module: 'a.b' }]
  const expectRefused = async (message: string, bundle?: BundleModule): Promise<void> => {
    expect(await load(bundle)).toEqual({ ok: false, message: expect.stringContaining(message) })
  }

  test('that has no manifest, a broken one or one without end', async () => {
    await expectRefused('flash_manifest.json is not in the artifact')
    await write('flash_manifest.json', '{')
    await expectRefused('flash_manifest.json: is not JSON')
    await write('flash_manifest.json', ' '.repeat(5 * 1024 * 1024))
    await expectRefused('the limit is 4194304')
  })

  test('that is not there', async () => {
    await rm(root, { recursive: true })
    await expectRefused('does not exist')
  })

  test.each(['a/b.py', 'a/b/__init__.py'])('with a Python module %s, by name', async (file) => {
    await write(file, '')
    await writeManifest(ONE)
    await expectRefused(`Module 'a.b' is Python (${file})`)
  })

  test('without a module, with all that was looked for', async () => {
    await writeManifest(ONE)
    await expectRefused('looked for a/b.js, a/b.mjs, a/b.ts, a/b.mts, a/b/index.js, a/b/index.ts.')
  })

  test('with a module that a link brings in from outside, also through its folder', async () => {
    await mkdir(join(folder, 'root-beside'))
    await writeFile(join(folder, 'root-beside/b.js'), '')
    await symlink('../root-beside', join(root, 'a'))
    await writeManifest(ONE)
    await expectRefused('a/b.js is a link out of the artifact')
  })

  test('with a module that the bundler refuses, in its words', async () => {
    await write('a/b.ts', '')
    await writeManifest(ONE)
    const failure = { code: 'COMPILE_FAILED', message: 'Expected ";".' } as const
    await expectRefused('Module \'a.b\' (a/b.ts) cannot be bundled: Expected ";".', () =>
      Promise.resolve({ ok: false, failure }),
    )
  })
})
