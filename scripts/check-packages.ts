// Packages that people use, installed, bundled and run in the sandbox as a request would have it. Names as arguments check those only.
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readRegistry } from '../src/cli/read-registry.ts'
import { MODULE_EXPORTS_GLOBAL } from '../src/core/deployment.ts'
import { NpmInstaller } from '../src/packages/npm-installer.ts'
import { ModuleBundler } from '../src/tool-client/bundle-client.ts'
import { RealPool } from '../test/support/real-pool.ts'
import { ABSENT_CHECKS, PACKAGE_CHECKS } from './package-checks.ts'
import type { PackageCheck } from './package-checks.ts'

interface Row {
  readonly spec: string
  readonly isOk: boolean
  readonly detail: string
  readonly installMs: number
  readonly bundleMs: number
  readonly runMs: number
  readonly kilobytes: number
}

type Code = Omit<PackageCheck, 'expected'>
type Ran = { readonly value: unknown } | { readonly error: string }

const LIMITS = { memoryMb: 128, cpuMs: 10_000, wallMs: 30_000 }
const DETAIL_CHARACTERS = 160

class Checker implements AsyncDisposable {
  readonly #base = mkdtempSync(join(realpathSync(tmpdir()), 'check-packages-'))
  readonly #installer: NpmInstaller
  readonly #pool: RealPool

  constructor(pool: RealPool) {
    this.#pool = pool
    this.#installer = new NpmInstaller({
      folder: join(this.#base, 'packages'),
      ...readRegistry('', process.env),
      onDefect: (error) => console.error(error),
    })
  }

  async check({ spec, ...code }: Code, judge: (ran: Ran) => boolean): Promise<Row> {
    const installed = await timed(async () =>
      this.#installer.install({ tenant: 'check', specs: [spec], lock: null, signal: new AbortController().signal }),
    )
    if (!installed.value.ok)
      return row(spec, { error: `install: ${installed.value.failure.message}` }, judge, installed.ms)
    const { folder } = installed.value
    const root = mkdtempSync(join(this.#base, 'root-'))
    symlinkSync(join(folder, 'node_modules'), join(root, 'node_modules'))
    writeFileSync(join(root, 'check.js'), `${code.imports}\nexport async function check() {\n${code.body}\n}\n`)
    await using bundler = new ModuleBundler({ packageFolders: [folder] })
    const bundled = await timed(async () => bundler.bundle({ root, file: 'check.js', exports: ['check'] }))
    if (!bundled.value.ok)
      return row(spec, { error: `bundle: ${bundled.value.failure.message}` }, judge, installed.ms, bundled.ms)
    const text = `${bundled.value.code}\nfunction f() { return ${MODULE_EXPORTS_GLOBAL}.check() }\n`
    const ran = await timed(async () => this.#run(text))
    return row(spec, ran.value, judge, installed.ms, bundled.ms, ran.ms, text.length)
  }

  async #run(code: string): Promise<Ran> {
    const outcome = await this.#pool.run({ code, limits: LIMITS }).outcome
    if (!outcome.ok) return { error: outcome.failure.message }
    return { value: JSON.parse(outcome.value) as unknown }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#installer[Symbol.asyncDispose]()
    rmSync(this.#base, { recursive: true, force: true })
  }
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly ms: number }> {
  const startedAt = performance.now()
  const value = await work()
  return { value, ms: performance.now() - startedAt }
}

function row(spec: string, ran: Ran, judge: (ran: Ran) => boolean, ...numbers: readonly number[]): Row {
  const [installMs = 0, bundleMs = 0, runMs = 0, characters = 0] = numbers
  const isOk = judge(ran)
  const detail = isOk ? '' : 'error' in ran ? ran.error : `got ${JSON.stringify(ran.value)}`
  return { spec, isOk, detail, installMs, bundleMs, runMs, kilobytes: characters / 1_024 }
}

function print({ spec, isOk, detail, installMs, bundleMs, runMs, kilobytes }: Row): void {
  const numbers = [installMs, bundleMs, runMs, kilobytes].map((one) => one.toFixed(0).padStart(7)).join(' ')
  const reason = detail.replaceAll(/\s+/gu, ' ').slice(0, DETAIL_CHARACTERS)
  console.log(`${isOk ? 'ok  ' : 'FAIL'} ${spec.padEnd(20)} ${numbers}  ${reason}`)
}

async function main(names: readonly string[]): Promise<number> {
  const isWanted = ({ spec }: Code): boolean => names.length === 0 || names.includes(spec)
  await using pool = await RealPool.start()
  await using checker = new Checker(pool)
  console.log(`     ${'package'.padEnd(20)} install  bundle     run      KB`)
  const rows: Row[] = []
  for (const check of PACKAGE_CHECKS.filter(isWanted)) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that the times mean something
    const one = await checker.check(check, (ran) => 'value' in ran && isDeepStrictEqual(ran.value, check.expected))
    print(one)
    rows.push(one)
  }
  const absent: Row[] = []
  for (const check of ABSENT_CHECKS.filter(isWanted)) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    const one = await checker.check(check, (ran) => 'error' in ran && check.says.test(ran.error))
    print(one)
    absent.push(one)
  }
  const works = rows.filter(({ isOk }) => isOk).length
  console.log(`${works} of ${rows.length}`)
  console.log(`${absent.filter(({ isOk }) => isOk).length} of ${absent.length} that cannot work say what is missing`)
  return works === rows.length && absent.every(({ isOk }) => isOk) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
