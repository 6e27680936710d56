// The web platform tests of what the guest program has. Their checkout is not part of the project: WPT_ROOT says where it is.
import { globSync } from 'node:fs'
import process from 'node:process'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import type { SlotOptions } from '../../src/executor/slot.ts'
import { FOLDERS, KNOWN, PAGES, PARTS, SCRIPTS } from './wpt/plan.ts'
import type { Known } from './wpt/plan.ts'
import { runWptFile } from './wpt/run-file.ts'

const root = process.env['WPT_ROOT']
/** With `WPT_GUEST_WASM=1`, what the tests want of WebAssembly and shared memory is there, as with `--guest-wasm`. */
const guestWasm = process.env['WPT_GUEST_WASM'] === '1'
const FOLDER_MS = 600_000
const MEMORY_MB = 512
const LOG_BYTES = 2 ** 30

if (root === undefined) {
  process.stderr.write('WPT_ROOT is not set: the web platform tests are not run. It names a checkout of them.\n')
}

function findKnown(file: string, test: string, message: string): Known | undefined {
  return KNOWN.find((known) => known.file.test(file) && known.test.test(test) && (known.says?.test(message) ?? true))
}

const percentOf = (passed: number, failed: number): number => (100 * passed) / (passed + failed)

function find(folder: string, pattern: string): readonly string[] {
  const files = globSync(`${folder}/${pattern}`, { cwd: root ?? '' })
  return files.filter((file) => !PARTS.test(file)).toSorted()
}

describe.skipIf(root === undefined)('the web platform tests', () => {
  let options: SlotOptions
  beforeAll(async () => {
    const runtime = await ensureRuntime()
    if (!runtime.ok) throw new Error(runtime.message)
    const snapshot = loadSnapshot(runtime.files.snapshotPath)
    options = { memoryMb: MEMORY_MB, logBytes: LOG_BYTES, snapshot, guestWasm, onCatastrophe: () => undefined }
  })

  for (const folder of FOLDERS) {
    it(`of ${folder.name} pass, except those that are known`, { timeout: FOLDER_MS }, async (context) => {
      const files = find(folder.name, SCRIPTS)
      context.skip(files.length === 0, 'the checkout has no such folder')
      const pages = find(folder.name, PAGES)
      let passed = 0
      let failed = 0
      let foreign = 0
      const unknown: string[] = []
      for (const file of files) {
        // oxlint-disable-next-line no-await-in-loop -- one isolate after the other
        const result = await runWptFile(root ?? '', file, options)
        passed += result.passed
        for (const [test, message] of result.failed) {
          const known = findKnown(file, test, message)
          if (known?.kind === 'foreign') foreign++
          else failed++
          if (known === undefined) unknown.push(`${file}: ${test}: ${message}`)
        }
      }
      const percent = percentOf(passed, failed)
      const others = foreign + pages.length
      process.stderr.write(
        `${folder.name}: ${passed} of ${passed + failed} that apply, ${percent.toFixed(2)} %; of all ${passed + failed + others}, ${percentOf(passed, failed + others).toFixed(2)} %, with ${pages.length} pages\n`,
      )
      expect(unknown).toEqual([])
      expect(percent).toBeGreaterThanOrEqual(folder.atLeast)
    })
  }
})
