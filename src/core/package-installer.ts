// npm packages for code that comes with a request: the port by which they are resolved and installed.
import type { Failure } from '../errors.ts'
import type { TenantId } from './task.ts'

export interface InstallRequest {
  readonly tenant: TenantId
  /** As the request writes them: `lodash`, `lodash@4`, `@scope/name@^1.2.0`. Unchecked: the installer checks. */
  readonly specs: readonly string[]
  /** The lock that an earlier answer carried; the same versions are installed then. Unchecked. */
  readonly lock: string | null
  readonly signal: AbortSignal
}

export type Installed =
  | {
      readonly ok: true
      /** A folder that holds `node_modules` and is not written any more; nobody else's code has been run in it. */
      readonly folder: string
      /** Names what is installed, and is equal for equal content: whatever is made of it can be kept by it. */
      readonly hash: string
      /** Exact versions and integrity of everything, as text that `lock` takes. */
      readonly lock: string
      /** What a person would see of the installation, line by line; empty when it was there already. */
      readonly log: string
    }
  | { readonly ok: false; readonly failure: Failure; readonly log: string }

/** Never rejects. */
export interface PackageInstaller {
  readonly install: (request: InstallRequest) => Promise<Installed>
}
