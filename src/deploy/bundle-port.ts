// What loading an artifact asks of a bundler: one source file of the artifact in, code that imports nothing out.
import type { DeployedModule } from '../core/deployment.ts'
import type { Failure } from '../errors.ts'

export interface BundleRequest {
  /** The real path of the artifact's folder; nothing outside it may be read. */
  readonly root: string
  /** The source, relative to `root`, with `/` between the segments: `a/b.ts`. */
  readonly file: string
  /** The names that the manifest wants from the module, each a JavaScript identifier. */
  readonly exports: readonly string[]
}

export type BundledModule =
  | {
      readonly ok: true
      readonly code: string
      readonly kind: DeployedModule['kind']
      /** The source map as JSON; null or absent for none. */
      readonly map?: string | null
    }
  | { readonly ok: false; readonly failure: Failure }

export type BundleModule = (request: BundleRequest) => Promise<BundledModule>
