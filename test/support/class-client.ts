// Requests for classes as a test writes them, over /execute, and what came back.
import type { ServiceProcess } from './service-process.ts'

export interface ClassRequest {
  /** Null or absent for a class of the deployment. */
  readonly source?: string | null
  readonly className?: string
  readonly method?: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
  readonly constructorArgs?: readonly unknown[]
  readonly constructorKwargs?: Readonly<Record<string, unknown>>
  readonly id?: string
  readonly isNew?: boolean
  readonly limits?: Readonly<Record<string, number>>
  readonly language?: 'javascript' | 'typescript'
  readonly format?: 'json' | 'cloudpickle'
  readonly modules?: Readonly<Record<string, string>>
}

export interface InstanceInfo {
  readonly class_name: string
  readonly created_at: string
  readonly method_calls: number
  readonly last_used: string
}

export interface ClassAnswer {
  readonly status: number
  readonly durationMs: number
  readonly code: string | null
  readonly success: boolean
  readonly result: string | null
  readonly value: unknown
  readonly error: string
  readonly stdout: string | null
  readonly id: string | null
  readonly info: InstanceInfo | null
  /** The whole body. */
  readonly text: string
}

interface FunctionResponse {
  readonly success: boolean
  readonly result: string | null
  readonly json_result: unknown
  readonly error: string | null
  readonly stdout: string | null
  readonly instance_id: string | null
  readonly instance_info: InstanceInfo | null
}

/** The fields of the wire; what is not asked for is left out. */
export function encodeClass(request: ClassRequest): Record<string, unknown> {
  const { source = null, className = 'Counter', method, args, kwargs, constructorArgs, constructorKwargs } = request
  const { id, isNew, limits, language, format = 'json', modules } = request
  return {
    execution_type: 'class',
    class_name: className,
    class_code: source,
    serialization_format: format,
    ...present({ method_name: method, args, kwargs, constructor_args: constructorArgs, limits, language }),
    ...present({ constructor_kwargs: constructorKwargs, instance_id: id, create_new_instance: isNew, modules }),
  }
}

export async function callClass(
  service: ServiceProcess,
  request: ClassRequest,
  signal?: AbortSignal,
): Promise<ClassAnswer> {
  const body = JSON.stringify(encodeClass(request))
  const { status, headers, text, durationMs } = await service.client.send('POST', '/execute', body, signal)
  const answer = JSON.parse(text) as FunctionResponse
  const code = headers['x-error-code']
  return {
    status,
    durationMs,
    code: typeof code === 'string' ? code : null,
    success: answer.success,
    result: answer.result,
    value: answer.json_result,
    error: answer.error ?? '',
    stdout: answer.stdout,
    id: answer.instance_id,
    info: answer.instance_info,
    text,
  }
}

function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
