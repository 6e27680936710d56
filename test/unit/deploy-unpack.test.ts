// Archives made byte by byte: good ones unpack, hostile and damaged ones leave nothing behind.
import { link, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ArtifactLimits } from '../../src/deploy/artifact-tree.ts'
import { openArtifact } from '../../src/deploy/open-artifact.ts'
import { unpackArtifact } from '../../src/deploy/unpack-artifact.ts'
import type { Unpacked } from '../../src/deploy/unpack-artifact.ts'

interface Member {
  readonly path: string
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` fifo, `x` extended header. */
  readonly type?: string
  readonly link?: string
  readonly body?: string
}

const BLOCK_BYTES = 512
const END = Buffer.alloc(2 * BLOCK_BYTES)

function member({ path, type = '0', link: target = '', body = '' }: Member): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES)
  header.write(path, 0, 100)
  header.write('0006755\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${Buffer.byteLength(body).toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(target, 157, 100)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((BLOCK_BYTES - (Buffer.byteLength(body) % BLOCK_BYTES)) % BLOCK_BYTES)
  return Buffer.concat([header, Buffer.from(body), padding])
}

function tar(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), END])
}

const FILE = { path: 'a/b.js', body: 'export const one = 1' }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unpack-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function unpack(bytes: Uint8Array, limits?: Partial<ArtifactLimits>): Promise<Unpacked> {
  await writeFile(join(folder, 'artifact'), bytes)
  return unpackArtifact(join(folder, 'artifact'), folder, limits)
}

async function unpackedFolder(bytes: Uint8Array, limits?: Partial<ArtifactLimits>): Promise<string> {
  const unpacked = await unpack(bytes, limits)
  if (!unpacked.ok) throw new Error(unpacked.message)
  return unpacked.folder
}

async function expectRefused(bytes: Uint8Array, message: string, limits?: Partial<ArtifactLimits>): Promise<void> {
  expect(await unpack(bytes, limits)).toEqual({ ok: false, message: expect.stringContaining(message), isFinal: true })
  expect(await readdir(join(folder, 'versions'))).toEqual([])
  expect((await readdir(folder)).toSorted()).toEqual(['artifact', 'versions'])
}

describe('a good archive', () => {
  test.each([
    ['plain', (bytes: Buffer): Uint8Array => bytes],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('that is %s is unpacked into a folder of its own', async (_name, compress) => {
    const big = 'x'.repeat(300_000)
    const bytes = tar({ path: './', type: '5' }, { path: './a/', type: '5' }, FILE, { path: 'c.txt', body: big })
    const root = await unpackedFolder(compress(bytes))
    expect(await readFile(join(root, 'a/b.js'), 'utf8')).toBe(FILE.body)
    expect(await readFile(join(root, 'c.txt'), 'utf8')).toBe(big)
    expect(await readdir(join(folder, 'versions'))).toHaveLength(1)
  })

  test('gives no file the modes of the archive', async () => {
    const { mode } = await stat(join(await unpackedFolder(tar(FILE)), 'a/b.js'))
    expect(mode & 0o7111).toBe(0)
  })

  test('may have an extended header with a long path', async () => {
    const path = `${'d'.repeat(150)}/f.js`
    const record = ` path=${path}\n`
    const size = record.length + 3
    const root = await unpackedFolder(
      tar({ path: 'pax', type: 'x', body: `${size}${record}` }, { path: 'short', body: '1' }),
    )
    expect(await readFile(join(root, path), 'utf8')).toBe('1')
  })

  test('may have links that stay inside', async () => {
    const root = await unpackedFolder(
      tar(FILE, { path: 'd/l', type: '2', link: '../a/b.js' }, { path: 'h', type: '1', link: 'a/b.js' }),
    )
    expect(await readlink(join(root, 'd/l'))).toBe('../a/b.js')
    expect(await readFile(join(root, 'd/l'), 'utf8')).toBe(FILE.body)
    expect(await readFile(join(root, 'h'), 'utf8')).toBe(FILE.body)
  })

  test('may repeat a file: the last one counts, and a hard link to the first keeps what it had', async () => {
    const root = await unpackedFolder(tar(FILE, { path: 'h', type: '1', link: 'a/b.js' }, { ...FILE, body: 'new' }))
    expect(await readFile(join(root, 'a/b.js'), 'utf8')).toBe('new')
    expect(await readFile(join(root, 'h'), 'utf8')).toBe(FILE.body)
  })
})

describe('a hostile archive is refused whole and by name', () => {
  const out = { path: 'l', type: '2' }
  test.each<[what: string, members: readonly Member[]]>([
    ['"/etc/x" is an absolute path', [FILE, { path: '/etc/x' }]],
    ['"../x" leaves its folder', [FILE, { path: '../x' }]],
    ['"a/../../x" leaves its folder', [{ path: 'a/../../x' }]],
    ['"l" is a link to "/etc", which is an absolute path', [{ ...out, link: '/etc' }]],
    ['"l" is a link to "..", which is outside', [{ ...out, link: '..' }]],
    ['"d/l" is a link to "../../x", which is outside', [{ ...out, path: 'd/l', link: '../../x' }]],
    [
      '"y" is a link to "a/b/up/../../..", which has a \'..\' after a name',
      [
        { ...out, path: 'a/b/up', link: '..' },
        { ...out, path: 'y', link: 'a/b/up/../../..' },
      ],
    ],
    [
      '"l/x" goes through the symlink "l"',
      [
        { ...out, link: 'a' },
        { path: 'l/x', body: '1' },
      ],
    ],
    [
      '"l/x/y" goes through the symlink "l"',
      [
        { ...out, link: 'a' },
        { path: 'l/x/y', type: '5' },
      ],
    ],
    ['"a/b.js/x" goes through the file "a/b.js"', [FILE, { path: 'a/b.js/x' }]],
    ['"h" is a hard link to "../artifact", which leaves', [{ path: 'h', type: '1', link: '../artifact' }]],
    ['"h" is a hard link to "/etc/passwd", which is an absolute', [{ path: 'h', type: '1', link: '/etc/passwd' }]],
    [
      '"h" is a hard link to "l", which is no earlier file',
      [
        { ...out, link: 'a' },
        { path: 'h', type: '1', link: 'l' },
      ],
    ],
    ['"h" is a hard link to "h", which is no earlier file', [{ path: 'h', type: '1', link: 'h' }]],
    ['"n" is of type CharacterDevice', [{ path: 'n', type: '3' }]],
    ['"n" is of type BlockDevice', [{ path: 'n', type: '4' }]],
    ['"n" is of type FIFO', [{ path: 'n', type: '6' }]],
    ['"n" is of type', [{ path: 'n', type: 'S' }]],
    ['"a/b.js" is a file first and a symlink later', [FILE, { path: 'a/b.js', type: '2', link: 'c' }]],
    ['"a" is a folder first and a symlink later', [FILE, { path: 'a', type: '2', link: 'c' }]],
    [
      '"l" is a symlink first and a file later',
      [
        { ...out, link: 'c' },
        { path: 'l', body: '1' },
      ],
    ],
    ['has a character', [{ path: 'a\\..\\x' }]],
  ])('%s', async (message, members) => {
    await expectRefused(gzipSync(tar(...members)), message)
  })

  test('with more entries than the limit, folders that only paths imply included', async () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ path: `f${index}` }))
    await expectRefused(tar(...many), '"f10" is entry 11, the limit is 10 (entries)', { entries: 10 })
    await expectRefused(tar({ path: 'a/b/c/d/e/f' }), 'is entry 6, the limit is 5 (entries)', { entries: 5 })
    await unpackedFolder(tar(...many.slice(0, 10)), { entries: 10 })
  })

  test('with an entry larger than the limit, before any of it is written', async () => {
    await expectRefused(tar({ path: 'f', body: 'x'.repeat(101) }), '"f" has 101 bytes, the limit is 100 (entryBytes)', {
      entryBytes: 100,
    })
  })

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('that is a %s bomb, while it is streamed: also when the bytes are in no entry', async (_name, compress) => {
    const zeros = Buffer.alloc(32 * 1024 * 1024)
    const limits = { totalBytes: 1024 * 1024 }
    await expectRefused(
      compress(tar({ path: 'f', body: zeros.toString('latin1') })),
      'the limit is 1048576 (totalBytes)',
      limits,
    )
    await expectRefused(compress(Buffer.concat([tar(FILE), zeros])), 'the limit is 1048576 (totalBytes)', limits)
  })
})

describe('a damaged archive is no deployment and may be read again later', () => {
  const whole = gzipSync(tar(FILE, { path: 'r', body: 'y'.repeat(5_000) }))
  const plain = tar(FILE)
  test.each<[what: string, bytes: Uint8Array, reason: string]>([
    ['an empty file', Buffer.alloc(0), 'cannot be unpacked'],
    ['text', Buffer.from('no archive '.repeat(100)), 'cannot be unpacked'],
    ['a gzip that is cut off', whole.subarray(0, whole.length - 20), 'cannot be unpacked'],
    ['a zstd that is cut off', zstdCompressSync(plain).subarray(0, -8), 'cannot be unpacked'],
    ['a tar that is cut off inside a file', plain.subarray(0, BLOCK_BYTES + 5), 'cannot be unpacked'],
    ['a tar that is cut off between two files', plain.subarray(0, -END.length), 'before its end mark'],
    ['a gzip within a gzip', gzipSync(whole), 'compressed more than once'],
    ['another compression', Buffer.from('fd377a585a000000', 'hex'), 'compressed with xz'],
  ])('%s', async (_what, bytes, reason) => {
    expect(await unpack(bytes)).toEqual({ ok: false, message: expect.stringContaining(reason), isFinal: false })
    expect(await readdir(join(folder, 'versions'))).toEqual([])
  })

  test('a gzip with a wrong checksum after the end of the tar', async () => {
    const wrong = Buffer.from(whole)
    wrong.writeUInt32LE((wrong.readUInt32LE(wrong.length - 8) ^ 1) >>> 0, wrong.length - 8)
    expect(await unpack(wrong)).toMatchObject({ ok: false, isFinal: false })
  })
})

describe('opening', () => {
  test('a folder leaves it as it is', async () => {
    expect(await openArtifact(folder, { parent: folder, delayMs: 0 })).toEqual({ ok: true, folder, isUnpacked: false })
  })

  test('an archive that is absent fails after the last try, with its path', async () => {
    const retries: (readonly [string, number])[] = []
    const onRetry = (problem: string, left: number): void => void retries.push([problem, left])
    const opened = await openArtifact(join(folder, 'none.tar'), { parent: folder, delayMs: 0, onRetry })
    expect(retries).toEqual([2, 1].map((left) => [expect.stringContaining('none.tar'), left]))
    expect(opened).toEqual({ ok: false, message: expect.stringContaining('none.tar') })
  })

  test('an archive that arrives between two tries succeeds', async () => {
    const late = join(folder, 'late.tar')
    await writeFile(join(folder, 'source'), tar(FILE))
    await mkdir(join(folder, 'versions'))
    const opening = openArtifact(late, { parent: folder, delayMs: 1, tries: 1_000 })
    await link(join(folder, 'source'), late)
    expect(await opening).toMatchObject({ ok: true, isUnpacked: true })
  })

  test('a refused archive is not tried again', async () => {
    await writeFile(join(folder, 'bad.tar'), tar({ path: '../x' }))
    const opened = await openArtifact(join(folder, 'bad.tar'), { parent: folder, delayMs: 3_600_000 })
    expect(opened).toMatchObject({ ok: false })
  })
})
