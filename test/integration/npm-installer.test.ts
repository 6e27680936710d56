// Packages installed by real tool processes from a registry on loopback: what is installed, refused, shared, kept and thrown away.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Installed } from '../../src/core/package-installer.ts'
import { NpmInstaller } from '../../src/packages/npm-installer.ts'
import type { NpmInstallerOptions } from '../../src/packages/npm-installer.ts'
import { integrityOf, makeArchive, NpmRegistry } from '../support/npm-registry.ts'

let registry: NpmRegistry
let folder = ''

beforeAll(async () => {
  registry = await NpmRegistry.start()
  registry.publish({ name: 'leaf', version: '1.0.0', files: { 'index.js': 'module.exports = "leaf 1"' } })
  registry.publish({ name: 'leaf', version: '1.2.0', files: { 'index.js': 'module.exports = "leaf 1.2"' } })
  registry.publish({ name: 'leaf', version: '2.0.0', files: { 'index.js': 'module.exports = "leaf 2"' } })
  registry.publish({ name: '@scope/branch', manifest: { dependencies: { leaf: '^1.0.0' } } })
})

afterAll(async () => {
  await registry[Symbol.asyncDispose]()
})

beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'packages-'))
})

afterEach(() => {
  registry.intercept = null
  rmSync(folder, { recursive: true, force: true })
})

function create(options: Partial<NpmInstallerOptions> = {}): NpmInstaller {
  const settings = { registry: registry.url, proxy: null, noProxy: null }
  return new NpmInstaller({ folder, registry: settings, ...options })
}

interface Asked {
  readonly tenant?: string
  readonly lock?: string | null
  readonly signal?: AbortSignal
}

async function install(installer: NpmInstaller, specs: readonly string[], asked: Asked = {}): Promise<Installed> {
  const { tenant = 'default', lock = null, signal = new AbortController().signal } = asked
  return installer.install({ tenant, specs, lock, signal })
}

function sound(installed: Installed): Installed & { readonly ok: true } {
  if (!installed.ok) throw new Error(`${installed.failure.code}: ${installed.failure.message}`)
  return installed
}

function failureOf(installed: Installed): readonly [code: string, message: string] {
  if (installed.ok) throw new Error('It was installed.')
  return [installed.failure.code, installed.failure.message]
}

const read = (installed: Installed & { readonly ok: true }, path: string): string =>
  readFileSync(join(installed.folder, 'node_modules', path), 'utf8')

describe('an installation', () => {
  it.skipIf(process.getuid?.() !== 0)('is made by a user of its own that has neither a name nor a home', async () => {
    chmodSync(folder, 0o711)
    await using installer = create({ uid: 64_321 })
    expect(read(sound(await install(installer, ['leaf@2'])), 'leaf/index.js')).toBe('module.exports = "leaf 2"')
  })

  it('has what is asked for and what that needs, in the versions that fit, and tells so once', async () => {
    await using installer = create()
    expect(installer.keptBytes).toBe(0)
    const first = sound(await install(installer, ['@scope/branch', 'leaf@2']))
    expect(installer.keptBytes).toBeGreaterThan(3 * 4_096)
    expect(read(first, 'leaf/index.js')).toBe('module.exports = "leaf 2"')
    expect(read(first, '@scope/branch/node_modules/leaf/index.js')).toBe('module.exports = "leaf 1.2"')
    expect(readdirSync(first.folder).toSorted()).toEqual(['entry.json', 'node_modules'])
    expect(first.log).toMatch(
      /^[\d-]{10} [\d:]{8},\d{3} \| INFO {2}\| Installing dependencies: @scope\/branch, leaf@2\n.* \| INFO {2}\| Successfully installed @scope\/branch@1\.0\.0, leaf@2\.0\.0 \(3 packages, 6 files, .*\)\n$/u,
    )
    const asked = registry.asked.length
    const again = sound(await install(installer, ['leaf@2', '@scope/branch']))
    expect(again).toEqual({ ...first, log: '' })
    expect(registry.asked.length).toBe(asked)
  })

  it('is the same from its lock later, without the registry while it is kept and with it when it is not', async () => {
    const installer = create({ freshMs: 0 })
    const first = sound(await install(installer, ['leaf@1']))
    await installer[Symbol.asyncDispose]()
    registry.publish({ name: 'leaf', version: '1.3.0' })
    await using later = create()
    const asked = registry.asked.length
    const kept = sound(await install(later, ['leaf@1'], { lock: first.lock }))
    expect(registry.asked.length).toBe(asked)
    expect(kept).toEqual({ ...first, log: '' })
    rmSync(join(first.folder), { recursive: true })
    await using third = create()
    const archived = sound(await install(third, ['leaf@1'], { lock: first.lock }))
    expect(registry.asked.length).toBe(asked)
    expect([archived.folder, archived.hash, archived.lock]).toEqual([first.folder, first.hash, first.lock])
    const other = sound(await install(third, ['leaf@1'], { lock: first.lock, tenant: 'other' }))
    expect(registry.asked.slice(asked)).toEqual(['leaf/-/leaf-1.2.0.tgz'])
    expect(other.hash).toBe(first.hash)
    expect(other.folder).not.toBe(first.folder)
    expect(read(other, 'leaf/index.js')).toBe('module.exports = "leaf 1.2"')
    expect(sound(await install(third, ['leaf@1'])).hash).not.toBe(first.hash)
  })

  it('is one for equal requests at the same time, which go away one by one', async () => {
    await using installer = create()
    const asked = registry.asked.length
    const leaving = new AbortController()
    const waiting = [
      install(installer, ['leaf@1.0.0'], { signal: leaving.signal }),
      install(installer, ['leaf@1.0.0']),
      install(installer, ['leaf@1.0.0']),
    ]
    setTimeout(() => leaving.abort(), 20)
    const [left, second, third] = await Promise.all(waiting)
    expect(failureOf(left as Installed)[0]).toBe('CANCELLED')
    expect(sound(second as Installed).folder).toBe(sound(third as Installed).folder)
    expect(registry.asked.slice(asked)).toEqual(['leaf', 'leaf/-/leaf-1.0.0.tgz'])
  })

  it('runs nothing, and takes over neither links nor modes nor what is optional', async () => {
    const marker = join(folder, 'ran')
    const scripts = { preinstall: `touch ${marker}`, install: `touch ${marker}`, postinstall: `touch ${marker}` }
    registry.publish({
      name: 'scripted',
      manifest: {
        scripts,
        bin: { leaf: 'cli.js' },
        optionalDependencies: { 'not-there': '1' },
        hasInstallScript: true,
      },
      files: { 'cli.js': '#!/bin/sh', 'index.js': '1' },
      entries: [
        { path: 'package/link', type: 'SymbolicLink', linkpath: '/etc/passwd' },
        { path: 'package/hard', type: 'Link', linkpath: 'package/index.js' },
        { path: 'package/device', type: 'CharacterDevice' },
        { path: 'package/pipe', type: 'FIFO' },
      ],
    })
    await using installer = create()
    const { folder: place } = sound(await install(installer, ['scripted']))
    expect(existsSync(marker)).toBe(false)
    expect(readdirSync(join(place, 'node_modules'))).toEqual(['scripted'])
    expect(readdirSync(join(place, 'node_modules', 'scripted')).toSorted()).toEqual([
      'cli.js',
      'index.js',
      'package.json',
    ])
    expect(statSync(join(place, 'node_modules', 'scripted', 'cli.js')).mode & 0o777).toBe(0o644)
  })

  it('has what packages bundle, by other names, with old digests and with locks of their own', async () => {
    registry.publish({
      name: 'bundler',
      manifest: { dependencies: { inner: '1' }, bundleDependencies: ['inner'], _hasShrinkwrap: true },
      files: {
        'index.js': '',
        'npm-shrinkwrap.json': '{}',
        'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0"}',
      },
    })
    registry.publish({ name: 'aliased', manifest: { dependencies: { other: 'npm:leaf@1.0.0', leaf: '2' } } })
    registry.publish({ name: 'old', integrity: null })
    await using installer = create()
    const installed = sound(await install(installer, ['bundler', 'aliased', 'old']))
    expect(existsSync(join(installed.folder, 'node_modules/bundler/node_modules/inner/package.json'))).toBe(true)
    expect(read(installed, 'other/index.js')).toBe('module.exports = "leaf 1"')
    const { packages } = JSON.parse(installed.lock) as { packages: Record<string, Record<string, string>> }
    expect(Object.keys(packages)).toEqual(
      ['aliased', 'bundler', 'leaf', 'old', 'other'].map((name) => `node_modules/${name}`),
    )
    expect(packages['node_modules/other']).toMatchObject({ name: 'leaf', version: '1.0.0' })
    expect(packages['node_modules/old']?.['integrity']).toMatch(/^sha512-/u)
    const again = sound(await install(installer, ['old'], { tenant: 'other' }))
    expect(sound(await install(installer, ['old'], { tenant: 'third', lock: again.lock })).hash).toBe(again.hash)
  })
})

describe('what is refused', () => {
  it(
    'is every archive that reaches out of its folder, is damaged, or is another one than it is said to be',
    { tags: ['slow'], timeout: 120_000 },
    async () => {
      const bad = (name: string, path: string): unknown => registry.publish({ name, entries: [{ path, text: 'x' }] })
      bad('dots', 'package/../../out')
      bad('absolute', '/tmp/out')
      bad('backslash', 'package/..\\out')
      bad('deep', `package/${'a/'.repeat(40)}x`)
      registry.publish({ name: 'twice', entries: [{ path: 'package/index.js/x', text: '' }] })
      registry.publish({ name: 'constructor' })
      registry.publish({ name: 'damaged', archive: Buffer.from('this is no archive') })
      registry.publish({ name: 'empty', archive: makeArchive([]) })
      registry.publish({ name: 'wrong', integrity: integrityOf(Buffer.from('something else')) })
      registry.publish({ name: 'weak', integrity: 'md5-AAAAAAAAAAAAAAAAAAAAAA==' })
      registry.publish({
        name: 'named',
        archive: makeArchive([{ path: 'package/package.json', text: '{"name":"leaf","version":"1.0.0"}' }]),
      })
      const refused = (message: RegExp): readonly [string, RegExp] => ['DEPENDENCY_FAILED', message]
      const elsewhere = {
        'wants-git': 'github:a/b',
        'wants-url': 'https://example.com/a.tgz',
        'wants-file': 'file:../x',
      }
      for (const [name, range] of Object.entries(elsewhere))
        registry.publish({ name, manifest: { dependencies: { leaf: range } } })
      registry.publish({ name: 'wants-path', manifest: { dependencies: { '../../../out': '1' } } })
      registry.publish({ name: 'wants-alias', manifest: { dependencies: { '../out': 'npm:leaf@1' } } })
      registry.publish({ name: 'wants-nothing-there', manifest: { dependencies: { 'not-there': '1' } } })
      const says: Readonly<Record<string, readonly [string, RegExp]>> = {
        dots: refused(/dots@1\.0\.0 has a name that is refused: "package\/\.\.\/\.\.\/out"/u),
        absolute: refused(/a name that is refused/u),
        backslash: refused(/a name that is refused/u),
        deep: refused(/a name that is refused/u),
        twice: refused(/a file where it has a folder/u),
        damaged: refused(/archive of damaged@1\.0\.0 (?:is damaged|holds no files)/u),
        empty: refused(/archive of empty@1\.0\.0 (?:is damaged|holds no files)/u),
        wrong: refused(/archive of wrong@1\.0\.0 is not the one that its integrity is of/u),
        weak: refused(/weak@1\.0\.0 has no integrity that can be checked/u),
        named: refused(/archive of named@1\.0\.0 is one of "leaf"/u),
        'wants-git': refused(/a git repository/u),
        'wants-url': refused(/a remote address/u),
        'wants-file': refused(/a (?:file|directory) address/u),
        'wants-path': refused(/./u),
        'wants-alias': refused(/./u),
        'wants-nothing-there': refused(/The registry has no package of "not-there@1"/u),
        constructor: refused(/A package named "constructor" cannot be installed/u),
        'leaf@9': refused(/No matching version found for leaf@9/u),
      }
      await using installer = create()
      const found = await Promise.all(
        Object.keys(says).map(async (spec) => [spec, failureOf(await install(installer, [spec]))] as const),
      )
      for (const [spec, [code, message]] of found) {
        expect([spec, code], message).toEqual([spec, says[spec]?.[0]])
        expect(message).toMatch(says[spec]?.[1] ?? '')
        expect(message).not.toContain('127.0.0.1')
        expect(message).not.toContain(folder)
      }
      expect(existsSync(join(folder, '..', 'out'))).toBe(false)
      expect(existsSync('/tmp/out')).toBe(false)
      expect(readdirSync(join(folder, 'work'))).toEqual([])
    },
  )

  it(
    'is what is too much: packages, bytes on their way or unpacked, files, headers, time',
    { tags: ['slow'], timeout: 120_000 },
    async () => {
      registry.publish({ name: 'wide', manifest: { dependencies: { leaf: '1', 'wide-a': '*', 'wide-b': '1' } } })
      registry.publish({ name: 'wide-a' })
      registry.publish({ name: 'wide-b' })
      registry.publish({ name: 'large', files: { 'index.js': 'x'.repeat(300_000) } })
      registry.publish({
        name: 'many',
        files: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, ''])),
      })
      registry.publish({
        name: 'headers',
        entries: Array.from({ length: 3_000 }, () => ({ path: 'package/d', type: 'Directory' as const })),
      })
      registry.publish({ name: 'lying', entries: [{ path: 'package/big', text: 'x', size: 2 ** 33 }] })
      registry.publish({
        name: 'endless',
        answer: (response) => {
          response.writeHead(200)
          const timer = setInterval(() => response.write(Buffer.alloc(65_536)), 1)
          response.on('close', () => clearInterval(timer))
        },
      })
      registry.publish({ name: 'slow', answer: (response) => void response.writeHead(200).write('x') })
      await using installer = create({ packages: 3, bytes: 200_000, files: 50, deadlineMs: 8_000 })
      const says: Readonly<Record<string, RegExp>> = {
        wide: /at least 4 packages; the limit is 3\./u,
        large: /at least \d{3},\d{3} bytes; the limit is 200,000\./u,
        many: /at least 51 files; the limit is 50\./u,
        headers: /at least 201 files; the limit is 50\./u,
        endless: /bytes; the limit is 200,000\./u,
        slow: /longer than the limit of 8,000 ms\./u,
      }
      const found = await Promise.all(
        Object.keys(says).map(async (spec) => [spec, failureOf(await install(installer, [spec]))] as const),
      )
      for (const [spec, [code, message]] of found) {
        expect([spec, code], message).toEqual([spec, 'LIMIT_DEPENDENCIES'])
        expect(message).toMatch(says[spec] ?? '')
      }
      expect(failureOf(await install(installer, ['lying']))[0]).toBe('DEPENDENCY_FAILED')
      expect(readdirSync(join(folder, 'work'))).toEqual([])
    },
  )

  it(
    'is a registry that leads elsewhere, fails or is not there, and what it knew before is used then',
    { tags: ['slow'], timeout: 120_000 },
    async () => {
      await using other = await NpmRegistry.start()
      other.publish({ name: 'moved' })
      registry.publish({
        name: 'moved',
        answer: (response) => void response.writeHead(302, { location: `${other.url}moved/-/moved-1.0.0.tgz` }).end(),
      })
      registry.publish({ name: 'broken', answer: (response) => void response.writeHead(500).end() })
      registry.publish({
        name: 'cut',
        answer: (response) =>
          void response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy()),
      })
      await using installer = create({ freshMs: 0 })
      const first = sound(await install(installer, ['leaf@1.0.0']))
      const found = await Promise.all(
        ['moved', 'broken', 'cut'].map(async (spec) => failureOf(await install(installer, [spec]))),
      )
      expect(found.map(([code]) => code)).toEqual([
        'REGISTRY_UNAVAILABLE',
        'REGISTRY_UNAVAILABLE',
        'REGISTRY_UNAVAILABLE',
      ])
      expect(found[0]?.[1]).toBe('The registry leads to another host, which is not followed.')
      expect(other.asked).toEqual([])
      registry.intercept = (response) => Boolean(response.writeHead(503).end())
      expect(failureOf(await install(installer, ['leaf@2']))).toEqual([
        'REGISTRY_UNAVAILABLE',
        'The registry answered with status 503 when it was asked of "leaf@2".',
      ])
      expect(sound(await install(installer, ['leaf@1.0.0'])).folder).toBe(first.folder)
    },
  )

  it(
    'is a lock that does not fit, another integrity than the registry has, and what an operator does not allow',
    { tags: ['slow'], timeout: 120_000 },
    async () => {
      await using installer = create({ policy: { allow: ['leaf', '@scope/*', 'wants-denied'], deny: ['denied'] } })
      registry.publish({ name: 'denied' })
      registry.publish({ name: 'wants-denied', manifest: { dependencies: { denied: '*' } } })
      const { lock } = sound(await install(installer, ['leaf@1.0.0']))
      const other = `sha512-${Buffer.alloc(64).toString('base64')}`
      const evil = integrityOf(registry.publish({ name: 'evil' }))
      const locked = (change: (packages: Record<string, unknown>) => void): string => {
        const parsed = JSON.parse(lock) as { packages: Record<string, unknown> }
        change(parsed.packages)
        return JSON.stringify(parsed)
      }
      const place = 'node_modules/leaf'
      const cases: readonly (readonly [lock: string, message: RegExp])[] = [
        [
          locked((all) => (all[place] = { version: '1.0.0', integrity: other })),
          /leaf@1\.0\.0 is not the one that its integrity is of/u,
        ],
        [
          locked((all) => (all['node_modules/evil'] = { version: '1.0.0', integrity: evil })),
          /has evil@1\.0\.0, which nothing asks for/u,
        ],
        [
          locked((all) => (all[place] = { name: 'evil', version: '1.0.0', integrity: evil })),
          /The lock has evil in the place of leaf/u,
        ],
        [
          locked((all) => (all[place] = { version: '1.0.0', integrity: evil, path: 'evil/-/evil-1.0.0.tgz' })),
          /is one of "evil"/u,
        ],
        [
          locked((all) => (all['node_modules/denied'] = { version: '1.0.0', integrity: evil })),
          /does not allow one of its packages \("node_modules\/denied"\)/u,
        ],
      ]
      for (const [text, message] of cases)
        expect(failureOf(await install(installer, ['leaf@1.0.0'], { lock: text }))[1]).toMatch(message)
      expect(failureOf(await install(installer, ['evil']))).toEqual([
        'DEPENDENCY_REFUSED',
        'The dependency "evil" is refused: the operator of this service does not allow it.',
      ])
      expect(failureOf(await install(installer, ['wants-denied']))[1]).toMatch(
        /^The package denied, which is needed too,/u,
      )
    },
  )
})

describe('the end', () => {
  it('of a service, or of whoever waits, ends the process and leaves nothing', async () => {
    registry.publish({ name: 'hanging', answer: () => undefined })
    const installer = create()
    const leaving = new AbortController()
    const [alone, open] = [
      install(installer, ['hanging'], { signal: leaving.signal }),
      install(installer, ['hanging', 'leaf']),
    ]
    const waiting = Array.from({ length: 4 }, async (_, index) =>
      install(installer, ['hanging', 'old'], { tenant: `t${index}` }),
    )
    await expect
      .poll(() => registry.asked.filter((path) => path.startsWith('hanging/-')).length, { timeout: 20_000 })
      .toBe(2)
    leaving.abort()
    expect(failureOf(await alone)[0]).toBe('CANCELLED')
    await installer[Symbol.asyncDispose]()
    expect(failureOf(await open)[0]).toBe('CANCELLED')
    for (const one of await Promise.all(waiting)) expect(['DRAINING', 'CANCELLED']).toContain(failureOf(one)[0])
    expect(readdirSync(join(folder, 'work'))).toEqual([])
    expect(failureOf(await install(installer, ['leaf']))[0]).toBe('DRAINING')
  }, 60_000)

  it('of a process that breaks the contract is a failure, and nothing of it is kept', async () => {
    const entryPath = join(import.meta.dirname, '..', 'fixtures', 'hostile-installer.ts')
    await using installer = create({ entryPath, files: 50 })
    const names = ['another-lock', 'a-path', 'many-files', 'noise', 'mute', 'another-answer']
    const found = await Promise.all(names.map(async (name) => failureOf(await install(installer, [name]))))
    expect(found.map(([code]) => code)).toEqual([
      ...['DEPENDENCY_FAILED', 'DEPENDENCY_FAILED', 'DEPENDENCY_FAILED', 'DEPENDENCY_FAILED'],
      ...['LIMIT_DEPENDENCIES', 'DEPENDENCY_FAILED'],
    ])
    const kept = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'trees')))
    expect(kept).toEqual([])
  }, 60_000)
})
