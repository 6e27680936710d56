// The service copied to a folder of its own with what it needs at run time, as somebody would install it.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { PROJECT_FOLDER } from './service-process.ts'

/** `sandbox`, `package.json` and the lock file belong to the hash by which a stale runtime is noticed. */
const COPIED = ['src', 'sandbox', 'dist', 'package.json', 'package-lock.json']

/** Copies everything into an existing folder; the runtime of the executors is made first if it is stale. */
export async function copyInstallation(folder: string): Promise<void> {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  for (const path of COPIED) cpSync(join(PROJECT_FOLDER, path), join(folder, path), { recursive: true })
  for (const name of neededPackages()) {
    const path = join('node_modules', name)
    mkdirSync(join(folder, path, '..'), { recursive: true })
    cpSync(join(PROJECT_FOLDER, path), join(folder, path), { recursive: true })
  }
}

/** The dependencies and theirs; optional ones hold binaries of the build and Node.js itself. */
function neededPackages(): ReadonlySet<string> {
  const found = new Set<string>()
  const open = dependenciesOf('')
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || !existsSync(join(PROJECT_FOLDER, 'node_modules', name))) continue
    found.add(name)
    open.push(...dependenciesOf(join('node_modules', name)))
  }
  return found
}

function dependenciesOf(folder: string): string[] {
  const text = readFileSync(join(PROJECT_FOLDER, folder, 'package.json'), 'utf8')
  const { dependencies = {} } = JSON.parse(text) as { readonly dependencies?: Readonly<Record<string, string>> }
  return Object.keys(dependencies)
}
