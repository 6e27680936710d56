// Compiles submitted source that did not run as a script: as a module, or to learn why it does not compile.
import type ivm from 'isolated-vm'
import { APPENDED_EXPORT } from '../../sandbox/src/bridge.ts'
import type { Failure } from '../errors.ts'
import { clip } from './clip.ts'

export type Compiled =
  | { readonly kind: 'script' }
  | { readonly kind: 'module'; readonly module: ivm.Module }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** Script errors that say "this is a module"; the module's own error is then the one that helps. */
const MODULE_SYNTAX =
  /^(?:Cannot use import statement|Cannot use 'import\.meta'|Unexpected token 'export'|await is only valid)/

const MAX_NAME_CHARACTERS = 200

interface Source {
  readonly code: string
  readonly fileName: string
  /** One identifier: the function that will be asked for. */
  readonly name: string
}

/** Nothing of the source runs here. Rejects only when the isolate is gone. */
export async function compileSource(isolate: ivm.Isolate, source: Source): Promise<Compiled> {
  const script = await attempt(() => isolate.compileScript(source.code, { filename: source.fileName }))
  if (script.ok) return { kind: 'script' }
  // The appended clause is the only text that is ever added; without a semicolon it cannot complete what is incomplete.
  const exposing = `${source.code}\nexport{${source.name} as ${JSON.stringify(APPENDED_EXPORT)}}`
  const exposed = await attempt(() => isolate.compileModule(exposing, { filename: source.fileName }))
  if (exposed.ok) return checkImports(exposed.unit)
  const plain = await attempt(() => isolate.compileModule(source.code, { filename: source.fileName }))
  if (plain.ok) return checkImports(plain.unit)
  const error = MODULE_SYNTAX.test(script.error.message) ? plain.error : script.error
  return { kind: 'failed', failure: { code: 'COMPILE_FAILED', message: describeSyntaxError(error, source.fileName) } }
}

/** The same for a bundle that is a module: it exports what will be asked for, by whatever name it has inside. */
export async function compileBundle(isolate: ivm.Isolate, { code, fileName }: Source): Promise<Compiled> {
  const compiled = await attempt(() => isolate.compileModule(code, { filename: fileName }))
  if (compiled.ok) return checkImports(compiled.unit)
  return { kind: 'failed', failure: { code: 'COMPILE_FAILED', message: describeSyntaxError(compiled.error, fileName) } }
}

/** What imports something is bundled before: here there is nothing that an import could find. */
function checkImports(module: ivm.Module): Compiled {
  const [specifier] = module.dependencySpecifiers
  if (specifier === undefined) return { kind: 'module', module }
  const message = `Cannot import '${clip(specifier, MAX_NAME_CHARACTERS)}': what is run as it was sent imports nothing.`
  return { kind: 'failed', failure: { code: 'COMPILE_FAILED', message } }
}

/** What a compiler throws: also when the source is too deep for its stack. A program can throw the same when it runs. */
export function isCompileError(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof EvalError || error instanceof RangeError
}

type Attempt<T> = { readonly ok: true; readonly unit: T } | { readonly ok: false; readonly error: Error }

/** A compiler runs no guest code, so that an error's class can be trusted here. */
async function attempt<T>(compile: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, unit: await compile() }
  } catch (error) {
    if (isCompileError(error)) return { ok: false, error: error as Error }
    throw error
  }
}

/** isolated-vm puts the position behind the message: `Unexpected token '}' [function.js:2:9]`. */
function describeSyntaxError(error: Error, fileName: string): string {
  if (error instanceof RangeError) return 'RangeError: the source is nested too deeply for the compiler'
  const position = /^(.*) \[[^[\]]*:(\d+):(\d+)\]$/s.exec(error.message)
  if (position === null) return `SyntaxError: ${clip(error.message)}`
  const [, text = '', line, column] = position
  const message = clip(text)
  return `SyntaxError: ${message} at line ${line}, column ${column} (${clip(fileName, MAX_NAME_CHARACTERS)}:${line}:${column})`
}
