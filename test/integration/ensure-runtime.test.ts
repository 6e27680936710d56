// What executors run is made by whoever needs it first, also when several do at the same time.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TIERS } from '../../sandbox/src/bridge.ts'
import type { RuntimeState } from '../../src/cli/ensure-runtime.ts'
import { PROJECT_FOLDER } from '../support/service-process.ts'

const run = promisify(execFile)
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-isolate-runtime-'))
  for (const path of ['src', 'sandbox', 'package.json', 'package-lock.json']) {
    cpSync(join(PROJECT_FOLDER, path), join(folder, path), { recursive: true })
  }
  symlinkSync(join(PROJECT_FOLDER, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** What a process that starts from the folder finds or makes there. */
async function ensure(): Promise<RuntimeState> {
  const code = `import { ensureRuntime } from './src/cli/ensure-runtime.ts'; console.log(JSON.stringify(await ensureRuntime()))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
  return JSON.parse(stdout) as RuntimeState
}

const fileOf = (tier: string): string =>
  join(folder, 'dist', tier === 'base' ? 'sandbox.snapshot' : `sandbox-${tier}.snapshot`)

function seedsOfFiles(): readonly unknown[] {
  return TIERS.map((tier) => {
    const text = readFileSync(fileOf(tier), 'latin1')
    return (JSON.parse(text.slice(0, text.indexOf('\n'))) as { readonly hashSeed: unknown }).hashSeed
  })
}

test(
  'processes that make the runtime at the same time make files that fit each other',
  { timeout: 120_000 },
  async () => {
    const states = await Promise.all([ensure(), ensure()])
    const [first] = states
    const seed = first.ok ? first.files.hashSeed : null
    expect(seed).toMatch(/^[1-9]\d*$/)
    expect(states).toMatchObject(states.map(() => ({ ok: true, files: { hashSeed: seed } })))
    expect(seedsOfFiles()).toEqual(TIERS.map(() => seed))

    const text = readFileSync(fileOf('base'), 'latin1')
    writeFileSync(fileOf('base'), text.replace(`"hashSeed":"${seed ?? ''}"`, '"hashSeed":"7"'), 'latin1')
    expect(await ensure()).toMatchObject({ ok: true, files: { hashSeed: seed } })
    expect(seedsOfFiles()).toEqual(TIERS.map(() => seed))
  },
)
