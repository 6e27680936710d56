// Asks the admin routes of a running service, as an operator's script does: an artifact is sent as a tar archive.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import type { Artifact } from './deployed-service.ts'
import { writeArtifact } from './deployed-service.ts'

export const ADMIN_KEY = 'the-key-of-the-operator'

export interface AdminAnswer {
  readonly status: number
  /** The `X-Error-Code` of the answer. */
  readonly code: string | null
  readonly body: Readonly<Record<string, unknown>>
}

export interface AdminRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below `/admin/deployments`. */
  readonly path?: string
  /** `null` sends none. */
  readonly key?: string | null
  readonly body?: string | Uint8Array<ArrayBuffer>
}

export class AdminClient {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async send({ method, path = '', key = ADMIN_KEY, body }: AdminRequest): Promise<AdminAnswer> {
    const answer = await fetch(`${this.#url}/admin/deployments${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body }),
    })
    return {
      status: answer.status,
      code: answer.headers.get('x-error-code'),
      body: (await answer.json()) as Readonly<Record<string, unknown>>,
    }
  }

  async deploy(endpoint: string, artifact: Artifact): Promise<AdminAnswer> {
    return this.send({ method: 'PUT', path: `/${endpoint}`, body: await packArtifact(artifact) })
  }

  async restore(endpoint: string, version: string): Promise<AdminAnswer> {
    return this.send({ method: 'POST', path: `/${endpoint}/restore`, body: JSON.stringify({ version }) })
  }
}

/** A `tar.gz`. */
export async function packArtifact(artifact: Artifact): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'pack-'))
  try {
    await chmod(folder, 0o755)
    await writeArtifact(folder, artifact)
    const chunks: Buffer[] = []
    for await (const chunk of create({ cwd: folder, gzip: true }, ['.'])) chunks.push(Buffer.from(chunk))
    return new Uint8Array(Buffer.concat(chunks))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
