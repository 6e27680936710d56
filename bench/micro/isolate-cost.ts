// What an isolate of the service costs against a bare one, and what the first use of each group of web globals takes.
// Arguments: folders of further runtimes to compare, as `sandbox/build.ts FOLDER` makes them. Variants alternate in one
// process, and each ratio is one of medians of the same run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import ivm from 'isolated-vm'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { createSlot } from '../../src/executor/slot.ts'
import type { SlotOptions } from '../../src/executor/slot.ts'
import { median } from '../support/statistics.ts'
import { layOut, short } from '../support/text-table.ts'

const ROUNDS = 150
const FIRST_USE_ROUNDS = 15
const IDLE_ISOLATES = 40
const MEMORY_MB = 128
const MEGABYTE = 1024 * 1024

const FIRST_USES: Readonly<Record<string, string>> = {
  nothing: '0',
  atob: 'atob("aGVsbG8=")',
  structuredClone: 'structuredClone({ a: [1, new Map([[1, 2]])] })',
  TextEncoder: 'new TextEncoder().encode("h\\u00e9")',
  TextDecoder: 'new TextDecoder().decode(new Uint8Array([104, 195, 169]))',
  'TextDecoder shift_jis': 'new TextDecoder("shift_jis").decode(new Uint8Array([0x82, 0xa0]))',
  'crypto.randomUUID': 'crypto.randomUUID()',
  'performance.now': 'performance.now()',
  URL: 'new URL("https://example.org/a?b=c#d").searchParams.get("b")',
  Headers: 'new Headers({ a: "b" }).get("A")',
  Blob: 'new Blob(["a"]).size',
  FormData: 'new FormData().append("a", "b")',
  URLPattern: 'new URLPattern({ pathname: "/a/:b" }).test({ pathname: "/a/c" })',
  CustomEvent: 'new CustomEvent("a", { detail: 1 }).detail',
  'crypto.subtle': 'crypto.subtle',
  'process.env': 'process.env.NAME',
}

interface Variant {
  readonly name: string
  readonly create: () => { readonly dispose: () => void; readonly run: (code: string) => void }
}

function bareVariant(): Variant {
  return {
    name: 'bare isolate',
    create() {
      const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB })
      const context = isolate.createContextSync()
      return { dispose: () => isolate.dispose(), run: (code) => void context.evalSync(code) }
    },
  }
}

function snapshotVariant(name: string, path: string): Variant {
  const options: SlotOptions = {
    memoryMb: MEMORY_MB,
    logBytes: 1_000,
    snapshot: loadSnapshot(path),
    guestWasm: false,
    onCatastrophe: () => undefined,
  }
  return {
    name,
    create() {
      const slot = createSlot(options)
      slot.onSend = () => ''
      return { dispose: () => slot.isolate.dispose(), run: (code) => void slot.context.evalSync(`{${code};0}`) }
    },
  }
}

function timeOf(work: () => void): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

function timeCreation(variants: readonly Variant[]): readonly number[] {
  const times = variants.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, variant] of variants.entries()) {
      let made: ReturnType<Variant['create']> | undefined
      times[index]?.push(timeOf(() => (made = variant.create())))
      made?.dispose()
    }
  }
  return times.map(median)
}

function residentBytes(): number {
  const kilobytes = /^Rss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))?.[1]
  return Number(kilobytes) * 1_024
}

/**
 * Of one isolate that does nothing, for each variant. Isolates that are thrown away leave pages that later ones take, so
 * that all live until the last is measured, and nothing has been thrown away before.
 */
function measureIdle(variants: readonly Variant[]): readonly number[] {
  const alive = variants.map(({ create }) => create())
  const sizes = variants.map(({ create }) => {
    const before = residentBytes()
    for (let count = 0; count < IDLE_ISOLATES; count++) alive.push(create())
    return (residentBytes() - before) / IDLE_ISOLATES
  })
  for (const { dispose } of alive) dispose()
  return sizes
}

function timeFirstUses(variant: Variant): readonly (readonly [name: string, ms: number, again: number])[] {
  return Object.entries(FIRST_USES).map(([name, code]) => {
    const first: number[] = []
    const second: number[] = []
    for (let round = 0; round < FIRST_USE_ROUNDS; round++) {
      const { run, dispose } = variant.create()
      first.push(timeOf(() => run(code)))
      second.push(timeOf(() => run(code)))
      dispose()
    }
    return [name, median(first), median(second)] as const
  })
}

const runtime = await ensureRuntime()
if (!runtime.ok) throw new Error(runtime.message)
const others = process.argv.slice(2).map((folder) => snapshotVariant(folder, join(folder, 'sandbox.snapshot')))
// Last: guests have the tables of older encodings of the snapshot that was loaded last.
const here = snapshotVariant('this snapshot', runtime.files.snapshotPath)
const variants = [bareVariant(), ...others, here]

const idle = measureIdle(variants)
const creation = timeCreation(variants)
process.stdout.write(
  layOut([
    ['variant', 'created, ms', 'ratio to bare', 'idle, MB'],
    ...variants.map(({ name }, index) => {
      const ms = creation[index] ?? Number.NaN
      return [name, short(ms), short(ms / (creation[0] ?? Number.NaN)), short((idle[index] ?? 0) / MEGABYTE)]
    }),
  ]),
)
process.stdout.write(
  `\n${layOut([
    ['first use in an isolate', 'ms', 'again, ms'],
    ...timeFirstUses(here).map(([name, first, again]) => [name, short(first), short(again)]),
  ])}`,
)
