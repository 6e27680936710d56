// `worker-isolate build`: a folder of modules becomes an artifact that the service can load, or a list of what is wrong.
import { readFile, realpath } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import process from 'node:process'
import { REMOTE_GLOBAL } from '../core/deployment.ts'
import { groupDigits } from '../core/group-digits.ts'
import { ModuleBundler } from '../tool-client/bundle-client.ts'
import { findModules } from './find-modules.ts'
import type { SourceModule } from './find-modules.ts'
import { checkProject, createManifest } from './manifest.ts'
import type { BuiltModule, ManifestBundle } from './manifest.ts'
import { readEndpoints } from './read-endpoints.ts'
import { findRemoteSources } from './remote-sources.ts'
import { scanModule } from './scan-module.ts'
import { parseModule } from './syntax.ts'
import type { Report } from './syntax.ts'
import { findPackageFolders, sha256, writeArtifact } from './write-artifact.ts'
import type { ArtifactFile } from './write-artifact.ts'

export interface BuildOptions {
  /** The folder of the project. */
  readonly folder: string
  /** `dist-flash` in that folder unless told otherwise. */
  readonly outFolder?: string | undefined
  /** Takes one line without its end; standard output and standard error unless told otherwise. */
  readonly print?: (line: string) => void
  readonly printProblem?: (line: string) => void
}

interface Bundle {
  readonly module: BuiltModule
  readonly entry: ManifestBundle
  readonly code: string
  readonly map: string
}

const OUT_FOLDER = 'dist-flash'
const HASH_CHARACTERS = 8

/** Resolves with the exit code: 1 when anything is wrong, and then nothing is written. */
export async function runBuild(options: BuildOptions): Promise<number> {
  const { print = writeTo(process.stdout), printProblem = writeTo(process.stderr) } = options
  const problems: string[] = []
  const folder = await realpath(options.folder).catch(() => null)
  if (folder === null) {
    printProblem(`There is no folder ${options.folder}.`)
    return 1
  }
  const outFolder = resolve(options.outFolder ?? join(folder, OUT_FOLDER))
  if (folder === outFolder || folder.startsWith(`${outFolder}/`)) {
    printProblem(`The output folder ${outFolder} holds the project itself; choose another one.`)
    return 1
  }
  const report: Report = (problem) => problems.push(problem)
  const projectName = await readProjectName(folder, report)
  const sources = await findModules(folder, outFolder)
  const texts = await Promise.all(sources.map(({ file }) => readFile(join(folder, file), 'utf8')))
  const modules = sources
    .map((source, index) => readModule(source, texts[index] ?? '', report))
    .filter((module) => module !== null)
  if (modules.length === 0 && problems.length === 0) report(`${folder} has no module that exports a function or class.`)
  checkProject(modules, report)
  const bundles = await bundleAll(folder, modules, report)
  if (problems.length > 0) {
    for (const problem of [...new Set(problems)]) printProblem(problem)
    return 1
  }
  const manifest = createManifest({
    projectName,
    modules,
    bundled: Object.fromEntries(bundles.map(({ module, entry }) => [module.name, entry])),
    callers: new Set(bundles.filter(({ code }) => code.includes(REMOTE_GLOBAL)).map(({ module }) => module.name)),
  })
  const files: readonly ArtifactFile[] = [
    { path: 'flash_manifest.json', text: `${JSON.stringify(manifest, null, 2)}\n` },
    ...bundles.flatMap(({ entry, code, map }) => [
      { path: entry.file, text: code },
      { path: `${entry.file}.map`, text: map },
    ]),
  ]
  const { archivePath, archiveBytes } = await writeArtifact(outFolder, projectName, files)
  for (const bundle of bundles) print(describeBundle(bundle))
  print(`${archivePath} (${groupDigits(archiveBytes)} bytes)`)
  return 0
}

function readModule(source: SourceModule, text: string, report: Report): BuiltModule | null {
  const parsed = parseModule(source.file, text, report)
  if (parsed === null) return null
  const scanned = scanModule(parsed)
  const endpoints = readEndpoints(parsed, scanned, report)
  const { functions, defaultExport } = scanned
  return functions.length === 0 ? null : { name: source.name, parsed, functions, endpoints, defaultExport }
}

/** Every module, also after one that fails, so that all problems are told. */
async function bundleAll(folder: string, modules: readonly BuiltModule[], report: Report): Promise<readonly Bundle[]> {
  // The project's own machine: its packages may be those of a folder above it.
  await using bundler = new ModuleBundler({ packageFolders: await findPackageFolders(folder) })
  const bundles = await Promise.all(
    modules.map(async (module): Promise<Bundle | null> => {
      const { file } = module.parsed
      const exports = module.functions.map(({ name }) => name)
      const remotes = findRemoteSources(modules.filter((other) => other !== module))
      const result = await bundler.bundle({ root: folder, file, exports, remotes, wantsMap: true })
      if (!result.ok) {
        for (const line of result.failure.message.split('\n')) report(describeFor(file, line))
        return null
      }
      const { code, kind, map } = result
      const hash = sha256(code)
      const path = `bundles/${module.name}.${hash.slice(0, HASH_CHARACTERS)}.js`
      return { module, entry: { file: path, kind, hash, source: file }, code, map: map ?? '' }
    }),
  )
  return bundles.filter((bundle) => bundle !== null)
}

/** A problem in a file that a module imports says which module that is. */
function describeFor(file: string, line: string): string {
  return line.startsWith(`${file}:`) ? line : `${line} (in the bundle of ${file})`
}

function describeBundle({ module, entry, code }: Bundle): string {
  const names = module.functions.map(({ name }) => name).join(', ')
  return `${module.name}: ${names} → ${entry.file} (${entry.kind}, ${groupDigits(Buffer.byteLength(code))} bytes)`
}

/** From package.json, else from the folder; in letters that a file name can have. */
async function readProjectName(folder: string, report: Report): Promise<string> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
  let name: unknown
  try {
    name = (JSON.parse(text) as { readonly name?: unknown } | null)?.name
  } catch {
    report('package.json: It is no JSON.')
  }
  const given = typeof name === 'string' ? name : basename(folder)
  return given.replaceAll(/[^\w.-]+/gu, '-').replaceAll(/^[-.]+|-+$/gu, '') || 'project'
}

function writeTo(stream: NodeJS.WritableStream): (line: string) => void {
  return (line) => {
    stream.write(`${line}\n`)
  }
}
