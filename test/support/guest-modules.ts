// Programs that import modules of Node.js, bundled and run beside what Node.js itself makes of them.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { MODULE_EXPORTS_GLOBAL } from '../../src/core/deployment.ts'
import { ModuleBundler } from '../../src/tool-client/bundle-client.ts'

/** What the sandbox has, of Node.js itself; no `process`, no `Buffer`, no `global`. */
const GLOBALS = {
  ...{
    console,
    performance,
    crypto,
    structuredClone,
    ReadableStream,
    WritableStream,
    TransformStream,
    Response,
    URL,
    URLSearchParams,
    TextEncoder,
    TextDecoder,
    AbortController,
    AbortSignal,
    DOMException,
    Blob,
    File,
  },
  ...{
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    queueMicrotask,
    atob,
    btoa,
    Event,
    EventTarget,
    Uint8Array,
  },
  ...{ navigator: { userAgent: 'test' } },
}

type Exports = Record<string, () => unknown>

export class GuestModules implements Disposable {
  readonly #root = mkdtempSync(join(realpathSync(tmpdir()), 'guest-modules-'))
  #programs = 0

  /** The bundle of `main.js`. */
  async bundle(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#root, path)), { recursive: true })
      writeFileSync(join(this.#root, path), text)
    }
    await using bundler = new ModuleBundler()
    const outcome = await bundler.bundle({ root: this.#root, file: 'main.js', exports: [] })
    if (!outcome.ok) throw new Error(outcome.failure.message)
    return outcome.code
  }

  /** What `main.js` exports, in a realm that has the globals of the sandbox. */
  async run(files: Readonly<Record<string, string>>): Promise<Exports> {
    const code = await this.bundle(files)
    const context = createContext({ ...GLOBALS })
    runInContext(code, context)
    return runInContext(MODULE_EXPORTS_GLOBAL, context) as Exports
  }

  /** The lists that `probe` of a module answers with, by Node.js and as a guest. */
  async compare(source: string): Promise<readonly [unknown[], unknown[]]> {
    this.#programs += 1
    const here = join(this.#root, `here-${this.#programs}.mjs`)
    writeFileSync(here, source)
    const { probe } = (await import(here)) as { readonly probe: () => unknown }
    const guest = await this.run({ 'main.js': source })
    return [plain(await probe()), plain(await guest['probe']?.())] as [unknown[], unknown[]]
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
