// Makes of an invocation one that an executor can run: packages installed, sources bundled, types taken off. Most need nothing.
import { sourceFileName } from '../core/invocation.ts'
import type { Invocation, LiveSource, SourceNeeds } from '../core/invocation.ts'
import type { PhaseTimings } from '../core/outcome.ts'
import type { Installed, PackageInstaller } from '../core/package-installer.ts'
import { bundleFileName } from '../core/source-bundler.ts'
import type { PackageFolder, SourceBundler } from '../core/source-bundler.ts'
import type { TenantId } from '../core/task.ts'
import type { Transpiler } from '../core/transpiler.ts'
import type { Failure } from '../errors.ts'
import type { SourceOrigin } from '../source-map/point-home.ts'
import { mayDecorate, mayHaveJsx, mayNeedBundler } from './needs-bundler.ts'

export interface PrepareOptions {
  readonly transpiler: Transpiler
  /** Null or absent when sources are run as they are. */
  readonly bundler?: SourceBundler | null
  /** Null or absent when there are no packages. */
  readonly installer?: PackageInstaller | null
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

export interface Prepared {
  readonly invocation: Invocation
  readonly failure: Failure | null
  readonly phases: PhaseTimings
  /** What positions in the code that runs mean. */
  readonly origin: SourceOrigin
  /** What the answer shows before anything that the code prints; empty for nothing. */
  readonly log: string
  /** What was installed. */
  readonly dependencyLock?: string
}

interface Owner {
  readonly tenant: TenantId
  readonly signal: AbortSignal
}

const NO_NEEDS: SourceNeeds = { modules: new Map(), dependencies: [], dependencyLock: null, notice: '' }

/** JavaScript that imports nothing is not touched, and costs a look at its text. */
export async function prepare(invocation: Invocation, owner: Owner, options: PrepareOptions): Promise<Prepared> {
  const { source } = invocation
  if (source.mode === 'flash') {
    const { fileName, map } = source.module
    const textOf = (name: string): string | undefined => map?.texts.get(name)
    return { invocation, failure: null, phases: {}, origin: { fileName, map: map?.json ?? null, textOf }, log: '' }
  }
  const { language, code, needs } = source
  const fileName = sourceFileName(source, invocation.instance !== undefined)
  const origin: SourceOrigin = {
    fileName,
    map: null,
    textOf: (name) => (name === fileName ? code : needs?.modules.get(name)),
  }
  const isPlain = needs === undefined && (options.bundler == null || !mayNeedBundler(code))
  if (isPlain && language === 'javascript') return { invocation, failure: null, phases: {}, origin, log: '' }
  return prepareSource({ ...invocation, source: { mode: 'live', language, code } }, needs ?? NO_NEEDS, {
    ...options,
    ...owner,
    origin,
  })
}

interface Given extends PrepareOptions, Owner {
  readonly origin: SourceOrigin
}

type LiveInvocation = Invocation & { readonly source: LiveSource }

async function prepareSource(invocation: LiveInvocation, needs: SourceNeeds, given: Given): Promise<Prepared> {
  const { origin, now } = given
  const startedAt = now()
  const installed = await install(needs, given)
  const installMs = now() - startedAt
  const base = {
    origin,
    log: needs.notice + (installed?.log ?? ''),
    ...(installed?.ok === true ? { dependencyLock: installed.lock } : {}),
  }
  const installPhase = needs.dependencies.length === 0 ? {} : { installMs }
  if (installed?.ok === false) return { ...base, invocation, failure: installed.failure, phases: installPhase }
  const made = await makeCode(invocation, needs, installed, given)
  const transpileMs = now() - startedAt - installMs
  return { ...base, ...made, phases: { ...installPhase, transpileMs } }
}

async function install(
  { dependencies: specs, dependencyLock: lock }: SourceNeeds,
  { installer, tenant, signal }: Given,
): Promise<Installed | null> {
  return specs.length === 0 || installer == null ? null : installer.install({ tenant, specs, lock, signal })
}

type Made = Pick<Prepared, 'invocation' | 'failure' | 'origin'>

async function makeCode(
  invocation: LiveInvocation,
  needs: SourceNeeds,
  packages: PackageFolder | null,
  given: Given,
): Promise<Made> {
  const { source } = invocation
  const { code, language } = source
  const { bundler, origin } = given
  if (bundler != null && (mayNeedBundler(code) || (language === 'typescript' && mayDecorate(code)))) {
    return bundle(invocation, needs, packages, given)
  }
  if (language === 'javascript') return { invocation, failure: null, origin }
  const { tenant, signal } = given
  const transpiled = await given.transpiler.transpile(code, { tenant, signal })
  if (transpiled.ok) {
    return { invocation: { ...invocation, source: { ...source, code: transpiled.code } }, failure: null, origin }
  }
  const { failure, needsCode = false } = transpiled
  const isWorthIt = needsCode || (failure.code === 'COMPILE_FAILED' && mayHaveJsx(code))
  return bundler != null && isWorthIt ? bundle(invocation, needs, packages, given) : { invocation, failure, origin }
}

async function bundle(
  invocation: LiveInvocation,
  { modules }: SourceNeeds,
  packages: PackageFolder | null,
  { bundler, origin, tenant, signal }: Given,
): Promise<Made> {
  const { source, name } = invocation
  const { code, language } = source
  const { fileName } = origin
  const bundled = await bundler?.bundleSource({
    tenant,
    language,
    code,
    fileName,
    name,
    modules,
    packages,
    signal,
  })
  if (bundled === undefined) return { invocation, failure: null, origin }
  if (!bundled.ok) return { invocation, failure: bundled.failure, origin }
  if (bundled.type === 'untouched') return { invocation, failure: null, origin }
  const { code: bundledCode, map, kind, hash } = bundled.bundle
  return {
    invocation: { ...invocation, source: { ...source, code: bundledCode, bundle: { kind, hash } } },
    failure: null,
    origin: { ...origin, fileName: bundleFileName({ hash }), map },
  }
}
