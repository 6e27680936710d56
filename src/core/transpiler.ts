// The port through which TypeScript becomes JavaScript: a tool process in the service, a fake in tests.
import type { Failure } from '../errors.ts'
import type { TenantId } from './task.ts'

export type Transpiled =
  | { readonly ok: true; /** JavaScript with every line and column where it was. */ readonly code: string }
  | {
      readonly ok: false
      readonly failure: Failure
      /** Whether it is TypeScript that code has to be generated for. */
      readonly needsCode?: true
    }

export interface Transpiler extends AsyncDisposable {
  /** Settles with code or a failure whatever the source does to the tool; never rejects. */
  transpile(source: string, options: { readonly tenant: TenantId; readonly signal: AbortSignal }): Promise<Transpiled>
}
