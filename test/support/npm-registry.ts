// A registry of npm packages on loopback: its packages, hostile ones too, are made by the tests.
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { answerJson, LoopbackServer } from './loopback-server.ts'
import type { Asked } from './loopback-server.ts'

export interface ArchiveEntry {
  readonly path: string
  readonly text?: string
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory' | 'CharacterDevice' | 'FIFO'
  readonly linkpath?: string
  /** What the header says instead of the size of the text. */
  readonly size?: number
}

export interface PublishedPackage {
  readonly name: string
  readonly version?: string
  readonly manifest?: Readonly<Record<string, unknown>>
  /** By their paths in the package. */
  readonly files?: Readonly<Record<string, string>>
  readonly entries?: readonly ArchiveEntry[]
  /** In place of an archive that is made of the above. */
  readonly archive?: Buffer
  /** In place of the SHA-512 of the archive. */
  readonly integrity?: string | null
  /** In place of the usual address. */
  readonly tarball?: string
  /** In place of the archive. */
  readonly answer?: (response: ServerResponse) => void
}

const BLOCK_BYTES = 512

export function makeArchive(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', type = 'File', linkpath, size }) => {
    const body = Buffer.from(text)
    const header = Buffer.alloc(BLOCK_BYTES)
    new Header({
      path,
      type,
      mode: 0o777,
      size: size ?? body.length,
      ...(linkpath === undefined ? {} : { linkpath }),
    }).encode(header)
    return [header, body, Buffer.alloc((BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]))
}

export function integrityOf(bytes: Uint8Array, algorithm = 'sha512'): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`
}

interface Published {
  readonly manifest: Readonly<Record<string, unknown>>
  readonly archive: Buffer
  readonly answer: PublishedPackage['answer']
}

export class NpmRegistry implements AsyncDisposable {
  readonly #server: LoopbackServer
  readonly #published: Map<string, Map<string, Published>>
  /** Answers in place of the registry while it is set. */
  intercept: ((response: ServerResponse, asked: Asked) => boolean) | null = null

  private constructor(server: LoopbackServer, published: Map<string, Map<string, Published>>) {
    this.#server = server
    this.#published = published
  }

  static async start(): Promise<NpmRegistry> {
    const published = new Map<string, Map<string, Published>>()
    const server = await LoopbackServer.start((response, asked) => registry.#answer(response, asked))
    const registry = new NpmRegistry(server, published)
    return registry
  }

  get url(): string {
    return `${this.#server.url}/npm/`
  }

  /** Paths below the registry that were asked for. */
  get asked(): readonly string[] {
    return this.#server.asked.map(({ path }) => path.replace('/npm/', ''))
  }

  publish(one: PublishedPackage): Buffer {
    const { name, version = '1.0.0', manifest = {}, files = { 'index.js': 'module.exports = 1' }, entries = [] } = one
    const own = { name, version, main: 'index.js', ...manifest }
    const all = Object.entries({ 'package.json': JSON.stringify(own), ...files })
    const archive =
      one.archive ?? makeArchive([...all.map(([path, text]) => ({ path: `package/${path}`, text })), ...entries])
    const base = name.slice(name.indexOf('/') + 1)
    const dist = {
      tarball: one.tarball ?? `${this.url}${name}/-/${base}-${version}.tgz`,
      ...(one.integrity === null ? {} : { integrity: one.integrity ?? integrityOf(archive) }),
      shasum: createHash('sha1').update(archive).digest('hex'),
    }
    const versions = this.#published.get(name) ?? new Map<string, Published>()
    versions.set(version, { manifest: { ...own, dist }, archive, answer: one.answer })
    this.#published.set(name, versions)
    return archive
  }

  #answer(response: ServerResponse, asked: Asked): void {
    if (this.intercept?.(response, asked) === true) return
    const path = decodeURIComponent(asked.path.replace('/npm/', ''))
    const [name = '', file] = path.split('/-/')
    const versions = this.#published.get(name)
    if (versions === undefined) return answerJson(response, { error: 'not found' }, 404)
    if (file === undefined) {
      const latest = [...versions.keys()].at(-1)
      const manifests = Object.fromEntries([...versions].map(([version, { manifest }]) => [version, manifest]))
      return answerJson(response, { name, 'dist-tags': { latest }, versions: manifests })
    }
    const found = [...versions].find(([version]) => file.endsWith(`-${version}.tgz`))?.[1]
    if (found === undefined) return answerJson(response, { error: 'not found' }, 404)
    if (found.answer !== undefined) return found.answer(response)
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(found.archive)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}
