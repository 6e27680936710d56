// Whether this worker serves a deployed artifact, and which one: from the environment of either Flash generation.

export interface DeploymentFlags {
  /** A folder or a tar archive; wins over everything that the environment says. */
  readonly deployment?: string | undefined
}

export type DetectedDeployment =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'artifact'
      /** A folder or a tar archive. */
      readonly path: string
      /** The resource that this worker is; null when it serves all of them. */
      readonly resource: string | null
      readonly isLoadBalanced: boolean
      /** Then `path` is a folder that is served as it is. */
      readonly isUnpackDisabled: boolean
    }

type Environment = Readonly<Record<string, string | undefined>>

/** Where the images of Flash keep the unpacked artifact. */
const APP_FOLDER = '/app'
const YES = new Set(['1', 'true', 'yes'])

/** Pure: whether there is anything at the path is for the caller to find out. */
export function detectDeployment(env: Environment, flags: DeploymentFlags): DetectedDeployment {
  const read = (name: string): string | null => (Object.hasOwn(env, name) ? (env[name] ?? '') : '') || null
  const resource = read('FLASH_RESOURCE_NAME')
  const endpointType = read('FLASH_ENDPOINT_TYPE')
  const found = { kind: 'artifact', resource, isLoadBalanced: endpointType === 'lb', isUnpackDisabled: false } as const
  const given = flags.deployment ?? ''
  if (given !== '') return { ...found, path: given }

  const isOnPlatform = read('RUNPOD_POD_ID') !== null || read('RUNPOD_ENDPOINT_ID') !== null
  // A child of the first generation has FLASH_MOTHERSHIP_ID too; by itself that variable names nothing to serve.
  const isFlash =
    read('FLASH_IS_MOTHERSHIP') === 'true' || resource !== null || endpointType === 'lb' || endpointType === 'qb'
  if (!isOnPlatform || !isFlash) return { kind: 'none' }

  if (YES.has((read('FLASH_DISABLE_UNPACK') ?? '').toLowerCase())) {
    return { ...found, path: APP_FOLDER, isUnpackDisabled: true }
  }
  return { ...found, path: read('FLASH_BUILD_ARTIFACT_PATH') ?? `${read('HOME') ?? '/root'}/.runpod/artifact.tar.gz` }
}
