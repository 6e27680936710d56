// Installations on disk: what is served, what is swept, who makes room for whom, and what is not believed.
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PackageStore } from '../../src/packages/package-store.ts'
import type { Kept } from '../../src/packages/package-store.ts'

const MINUTE_MS = 60_000
const LIMITS = { bytes: 1_000_000, files: 100 }
const FILE_BYTES = 10_000
/** A tree of one file, with what its folder counts. */
const TREE_BYTES = FILE_BYTES + 4_096

let folder = ''
let now = Date.now()

beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'store-'))
  now = Date.now()
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hashOf = (name: string): string => name.repeat(64).slice(0, 64)

async function open(cacheBytes = 10_000_000): Promise<PackageStore> {
  const store = new PackageStore({ folder, cacheBytes, limits: LIMITS, now: () => now })
  await store.open()
  return store
}

async function keep(
  store: PackageStore,
  tenant: string,
  name: string,
  prepare?: (place: string) => void,
): Promise<Kept> {
  const place = await store.newWorkplace(tenant, undefined)
  mkdirSync(join(place.folder, 'node_modules', 'x'), { recursive: true })
  writeFileSync(join(place.folder, 'node_modules', 'x', 'index.js'), 'x'.repeat(FILE_BYTES))
  prepare?.(place.folder)
  const kept = await store.keep(tenant, hashOf(name), place)
  await store.dropWorkplace(place)
  return kept
}

describe('a store', () => {
  it('serves what is complete to whom it belongs, also after a start', async () => {
    const store = await open()
    const kept = await keep(store, 'a', '1')
    expect(kept).toMatchObject({ ok: true, isNew: true, size: { bytes: FILE_BYTES, files: 1 } })
    expect(await keep(store, 'a', '1')).toMatchObject({ ok: true, isNew: false })
    const found = await store.find('a', hashOf('1'))
    expect(kept).toMatchObject({ folder: found })
    expect(await store.find('b', hashOf('1'))).toBe(null)
    mkdirSync(join(folder, 'work', 'half'), { recursive: true })
    const later = await open()
    expect(readdirSync(folder)).not.toContain('work')
    expect(await later.find('a', hashOf('1'))).toBe(found)
    expect(later.bytes).toBe(TREE_BYTES)
  })

  it('does not serve what lost its contents, has no entry, or has another name', async () => {
    const store = await open()
    for (const name of ['1', '2', '3']) await keep(store, 'a', name)
    const place = (name: string): string => {
      const tenant = readdirSync(folder).find((one) => one !== 'work') ?? ''
      return join(folder, tenant, 'trees', hashOf(name))
    }
    truncateSync(join(place('1'), 'node_modules', 'x', 'index.js'))
    rmSync(join(place('2'), 'entry.json'))
    mkdirSync(join(place('3'), '..', 'other'))
    const later = await open()
    expect(await later.find('a', hashOf('1'))).toBe(null)
    expect(await later.find('a', hashOf('2'))).toBe(null)
    expect(await later.find('a', hashOf('3'))).toBe(place('3'))
    expect(readdirSync(join(place('3'), '..'))).toEqual([hashOf('3')])
  })

  it('throws away what was used longest ago, of the tenant that has most, and nothing that is in use', async () => {
    const store = await open(4 * TREE_BYTES)
    const step = (): void => void (now += 2 * MINUTE_MS)
    await keep(store, 'small', '1')
    for (const name of ['1', '2', '3']) {
      step()
      await keep(store, 'large', name)
    }
    step()
    await store.find('large', hashOf('1'))
    step()
    expect(await keep(store, 'small', '2')).toMatchObject({ ok: true })
    const there = async (tenant: string, name: string): Promise<boolean> =>
      (await store.find(tenant, hashOf(name))) !== null
    expect(await Promise.all(['1', '2', '3'].map((name) => there('large', name)))).toEqual([true, false, true])
    expect(await Promise.all(['1', '2'].map((name) => there('small', name)))).toEqual([true, true])
    expect(await keep(store, 'other', '1')).toEqual({ ok: false, reason: 'full' })
    expect(store.bytes).toBe(4 * TREE_BYTES)
    step()
    expect(await keep(store, 'other', '1')).toMatchObject({ ok: true })
    expect(store.bytes).toBe(4 * TREE_BYTES)
  })

  it('knows after a start what was used longest ago, and makes room for a smaller limit', async () => {
    const store = await open()
    for (const name of ['1', '2', '3']) await keep(store, 'a', name)
    const tenant = readdirSync(folder).find((one) => one !== 'work') ?? ''
    for (const [index, name] of ['2', '3', '1'].entries())
      utimesSync(join(folder, tenant, 'trees', hashOf(name)), 0, 1_000 + index)
    const later = await open(2 * TREE_BYTES)
    expect(
      await Promise.all(['1', '2', '3'].map(async (name) => (await later.find('a', hashOf(name))) !== null)),
    ).toEqual([true, false, true])
  })

  it('keeps nothing but folders and plain files within the limits, whatever a process left', async () => {
    const store = await open()
    const leaves: Readonly<Record<string, (place: string) => void>> = {
      'a link': (place) => symlinkSync('/etc/passwd', join(place, 'node_modules', 'x', 'link')),
      'a link to a folder': (place) => symlinkSync('/etc', join(place, 'node_modules', 'etc')),
      'a second name': (place) => linkSync(join(place, 'node_modules', 'x', 'index.js'), join(place, 'outside')),
      'a link in the place of all': (place) => {
        rmSync(join(place, 'node_modules'), { recursive: true })
        symlinkSync('/etc', join(place, 'node_modules'))
      },
      nothing: (place) => rmSync(join(place, 'node_modules'), { recursive: true }),
      'too many files': (place) => {
        for (let index = 0; index < LIMITS.files; index += 1)
          writeFileSync(join(place, 'node_modules', `f${index}`), '')
      },
      'too many bytes': (place) => {
        writeFileSync(join(place, 'node_modules', 'f'), '')
        truncateSync(join(place, 'node_modules', 'f'), LIMITS.bytes)
      },
      'too many folders': (place) => {
        for (let index = 0; index < 1_300; index += 1) mkdirSync(join(place, 'node_modules', `d${index}`))
      },
    }
    for (const [name, prepare] of Object.entries(leaves))
      expect([name, await keep(store, 'a', '1', prepare)]).toEqual([name, { ok: false, reason: 'unsound' }])
    expect(await store.find('a', hashOf('1'))).toBe(null)
    expect(readdirSync(join(folder, 'work'))).toEqual([])
  })

  it('keeps archives by their digest, and neither links nor other names', async () => {
    const store = await open()
    const digest = 'ab'.repeat(64)
    const kept = await keep(store, 'a', '1', (place) => {
      mkdirSync(join(place, 'archives'))
      writeFileSync(join(place, 'archives', digest), 'x')
      writeFileSync(join(place, 'archives', 'other'), 'x')
      symlinkSync('/etc/passwd', join(place, 'archives', 'cd'.repeat(64)))
    })
    expect(kept.ok).toBe(true)
    const { archives } = await store.newWorkplace('a', undefined)
    expect(readdirSync(archives)).toEqual([digest])
  })

  it('takes any name of a tenant for a name, and no folder for one of two', async () => {
    const store = await open()
    const tenants = ['..', '../x', 'a', 'A', '', 'ä', 'a\0b', 'x'.repeat(5_000)]
    for (const tenant of tenants) expect(await keep(store, tenant, '1')).toMatchObject({ ok: true, isNew: true })
    expect(readdirSync(folder).filter((name) => /^[0-9a-f]{32}$/u.test(name))).toHaveLength(tenants.length)
    expect(readdirSync(join(folder, '..')).includes('x')).toBe(false)
  })
})
