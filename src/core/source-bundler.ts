// The port through which source that imports, or that types cannot just be taken off, becomes one script: a tool process in the service.
import type { Failure } from '../errors.ts'
import type { Language } from './invocation.ts'
import type { TenantId } from './task.ts'

/** What a bundle may take packages from, as an installer gives it. */
export interface PackageFolder {
  /** Holds `node_modules`. */
  readonly folder: string
  /** Equal for equal content. */
  readonly hash: string
}

export interface SourceRequest {
  readonly tenant: TenantId
  readonly language: Language
  readonly code: string
  /** What messages and stacks call the source, such as `function.ts`. */
  readonly fileName: string
  /** The function or class that will be asked for. */
  readonly name: string
  /** Files beside the source: checked paths with `/` between the segments, and their texts. */
  readonly modules: ReadonlyMap<string, string>
  readonly packages: PackageFolder | null
  readonly signal: AbortSignal
}

export interface SourceBundle {
  /**
   * `script`: leaves its exports in the global variable `MODULE_EXPORTS_GLOBAL`. `module`: an ES module, only with top-level
   * await.
   */
  readonly kind: 'script' | 'module'
  readonly code: string
  /** Names the code and everything that it was made of. */
  readonly hash: string
  /** A source map without texts, whose sources are names to show; empty when it is larger than what is kept. */
  readonly map: string
}

export type BundledSource =
  | { readonly ok: true; readonly type: 'bundled'; readonly bundle: SourceBundle }
  /** JavaScript that imports nothing after all: it runs as it was sent. */
  | { readonly ok: true; readonly type: 'untouched' }
  | { readonly ok: false; readonly failure: Failure }

export interface SourceBundler extends AsyncDisposable {
  /** Settles with a bundle or a failure whatever the sources do to the tool; never rejects. */
  bundleSource(request: SourceRequest): Promise<BundledSource>
}

const HASH_CHARACTERS = 8

/** What an isolate calls a bundle, so that a position in it is known for one, and for one in that bundle. */
export function bundleFileName({ hash }: Pick<SourceBundle, 'hash'>): string {
  return `bundle-${hash.slice(0, HASH_CHARACTERS)}.js`
}
