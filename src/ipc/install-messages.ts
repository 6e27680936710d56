// The messages between the service and a tool process that installs packages, and the check of what the tool says.
import * as v from 'valibot'
import type { PackagePolicy } from '../core/package-names.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import type { Frame } from './frame.ts'

/** What a tool process is started for, as the one argument of its program: JSON. */
export interface InstallToolArguments {
  /** User and group that the process takes on once it is loaded; 0 to stay what it is. */
  readonly uid: number
  /** Whether a lock comes with the request, so that nothing is to be resolved. */
  readonly isLocked: boolean
  /** Real path of the one folder that it writes to. */
  readonly folder: string
  /** Archives that are kept from installations before, by the hexadecimal SHA-512 of their bytes. */
  readonly archives: string
}

/** Where packages come from, as an operator or the machine's npm configuration says it. */
export interface RegistrySettings {
  /** Null for the one that npm has built in. */
  readonly registry: string | null
  readonly proxy: string | null
  readonly noProxy: string | null
}

export interface InstallLimits {
  readonly packages: number
  /** All files of an installation together; archives on their way count too. */
  readonly bytes: number
  readonly files: number
}

/** Parts: the lock that is followed, empty when there is none, and certificates in PEM that are trusted too. */
export interface InstallRequestMessage {
  readonly type: 'install'
  readonly id: number
  readonly specs: readonly PackageSpec[]
  readonly policy: PackagePolicy
  readonly registry: RegistrySettings
  readonly limits: InstallLimits
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Who is to blame: the request, what was asked for, or the registry. */
const REASONS = ['refused', 'failed', 'registry'] as const

const FromInstallTool = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  /** Part: the lock of what is in the folder now. */
  v.strictObject({ type: v.literal('installed'), id: count, parts: v.array(v.unknown()) }),
  v.strictObject({
    type: v.literal('failed'),
    id: count,
    reason: v.picklist(REASONS),
    /** A whole sentence; the tool clips it far below this bound. */
    message: v.pipe(v.string(), v.maxLength(4_096)),
  }),
  v.strictObject({
    type: v.literal('too-much'),
    id: count,
    what: v.picklist(['packages', 'bytes', 'files']),
    used: count,
  }),
])
export type FromInstallTool = v.InferOutput<typeof FromInstallTool>

/** What the tool says, checked; throws when it broke the contract. */
export function parseFromInstallTool({ header }: Frame): FromInstallTool {
  return v.parse(FromInstallTool, header)
}
