// The real service with a deployment that a test writes: modules as texts, their functions as the manifest has them.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecuteAnswer } from './keep-alive-client.ts'
import { ServiceProcess } from './service-process.ts'

/** One function of `flash_manifest.json` (protocol.md §5.2); the resource names its module. */
export interface DeployedEntry {
  readonly name: string
  readonly module: string
  readonly is_class?: boolean
  readonly class_methods?: readonly string[]
  readonly http_method?: string
  readonly http_path?: string
  readonly max_concurrency?: number
  readonly return_aggregate_stream?: boolean
  readonly limits?: Readonly<Record<string, number>>
  readonly egress?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly type?: string; readonly required?: boolean }[]
}

export interface DeployedResourceEntry {
  readonly functions: readonly DeployedEntry[]
  readonly is_load_balanced?: boolean
  readonly max_concurrency?: number
  readonly env?: Readonly<Record<string, string>>
}

export interface Artifact {
  /** Path inside the artifact to text. */
  readonly files: Readonly<Record<string, string>>
  readonly resources: Readonly<Record<string, DeployedResourceEntry>>
  /** Functions that are in the registry without being in a resource, as a broken build may have them. */
  readonly registry?: Readonly<Record<string, string>>
  /** Where the manifest says that resources are. */
  readonly urls?: Readonly<Record<string, string>>
}

/** What a request without code says beside its arguments. */
export interface FlashOptions {
  readonly kwargs?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, number>>
  readonly signal?: AbortSignal
}

export interface ClassCall extends FlashOptions {
  readonly method?: string
  readonly args?: readonly unknown[]
  readonly constructorArgs?: readonly unknown[]
  readonly constructorKwargs?: Readonly<Record<string, unknown>>
}

interface FunctionResponse {
  readonly success: boolean
  readonly json_result: unknown
  readonly error: string | null
  readonly stdout: string | null
}

export interface JobAnswer {
  readonly status: string
  readonly output: unknown
  readonly error: unknown
  readonly code: string | null
}

/** A resource for each module, so that the functions of a module are found by their names and nothing else is shared. */
export function artifactOf(modules: Readonly<Record<string, string>>, entries: readonly DeployedEntry[]): Artifact {
  const files = Object.fromEntries(
    Object.entries(modules).map(([file, source]) => [/\.\w+$/u.test(file) ? file : `${file}.js`, source]),
  )
  const byModule = Map.groupBy(entries, ({ module }) => module)
  const resources = Object.fromEntries([...byModule].map(([module, functions]) => [`of-${module}`, { functions }]))
  return { files, resources }
}

export async function writeArtifact(
  root: string,
  { files, resources, registry = {}, urls = {} }: Artifact,
): Promise<void> {
  const names = Object.entries(resources).flatMap(([resource, { functions }]) =>
    functions.map(({ name }) => [name, resource] as const),
  )
  const manifest = {
    version: '1.0',
    resources,
    function_registry: { ...Object.fromEntries(names), ...registry },
    ...(Object.keys(urls).length === 0 ? {} : { resources_endpoints: urls }),
  }
  const all = { ...files, 'flash_manifest.json': JSON.stringify(manifest) }
  await Promise.all(
    Object.entries(all).map(async ([file, text]) => {
      await mkdir(dirname(join(root, file)), { recursive: true })
      await writeFile(join(root, file), text)
    }),
  )
}

export class DeployedService implements AsyncDisposable {
  readonly folder: string
  readonly service: ServiceProcess

  private constructor(folder: string, service: ServiceProcess) {
    this.folder = folder
    this.service = service
  }

  /** Rejects with what the service complained about when the deployment does not go live. */
  static async start(artifact: Artifact, env: Readonly<Record<string, string>> = {}): Promise<DeployedService> {
    const folder = await mkdtemp(join(tmpdir(), 'deployed-'))
    try {
      // The bundler may run as a user of its own.
      await chmod(folder, 0o755)
      await writeArtifact(folder, artifact)
      return new DeployedService(folder, await ServiceProcess.start({ env: { DEPLOYMENT: folder, ...env } }))
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Calls a deployed function over `/execute`: an empty text is no code (protocol.md §1.1). */
  async call(name: string, args: readonly unknown[] = [], options: FlashOptions = {}): Promise<ExecuteAnswer> {
    const { signal, ...rest } = options
    return this.service.client.execute({ source: '', name, args, ...rest }, signal)
  }

  async callClass(className: string, call: ClassCall = {}): Promise<ExecuteAnswer> {
    const { method, args = [], kwargs = {}, constructorArgs = [], constructorKwargs = {} } = call
    const body = {
      execution_type: 'class',
      class_name: className,
      args,
      kwargs,
      constructor_args: constructorArgs,
      constructor_kwargs: constructorKwargs,
      serialization_format: 'json',
      ...(method === undefined ? {} : { method_name: method }),
    }
    const { status, headers, text, durationMs } = await this.service.client.send(
      'POST',
      '/execute',
      JSON.stringify(body),
    )
    const answer = JSON.parse(text) as FunctionResponse
    const code = headers['x-error-code']
    return {
      status,
      code: typeof code === 'string' ? code : null,
      success: answer.success,
      value: answer.json_result,
      error: answer.error ?? '',
      stdout: answer.stdout ?? '',
      durationMs,
      text,
    }
  }

  /** One job, waited for. */
  async runsync(input: unknown, path = '/runsync'): Promise<JobAnswer> {
    const { headers, text } = await this.service.client.send('POST', path, JSON.stringify({ input }))
    const { status, output, error } = JSON.parse(text) as Record<string, unknown>
    const code = headers['x-error-code']
    return { status: String(status), output, error, code: typeof code === 'string' ? code : null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}
