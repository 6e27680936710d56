// The bench as a whole: its figures against those of another load generator, and a short run with its reports.
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { median } from '../../bench/support/statistics.ts'
import { HELP } from '../../bench/tool/command.ts'
import { readRun } from '../../bench/tool/figures/read-run.ts'
import { sendLoad } from '../../bench/tool/load/load-process.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'src', 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'worker-isolate-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const DELAY_MS = 50
const CLIENTS = 8
const SECONDS = 2
const PAIRS = 5

/** Null when it is not installed. */
function findWrk(): string | null {
  const path = (process.env['PATH'] ?? '').split(':').map((entry) => join(entry, 'wrk'))
  return path.find((file) => existsSync(file)) ?? null
}

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
}

async function askWrk(wrk: string, url: string): Promise<Figures> {
  const script = join(folder, 'sum.lua')
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = '{"x":1,"y":2}'\nwrk.headers["Content-Type"] = "application/json"\n`,
  )
  const args = ['--threads', '1', '--connections', String(CLIENTS), '--duration', `${SECONDS}s`, '--latency']
  const { stdout } = await promisify(execFile)(wrk, [...args, '--script', script, `${url}/sum`])
  const [, p50 = '', unit = ''] = /50%\s+([\d.]+)(us|ms|s)/u.exec(stdout) ?? []
  const [, perSecond = ''] = /Requests\/sec:\s+([\d.]+)/u.exec(stdout) ?? []
  const factor = unit === 'us' ? 0.001 : unit === 's' ? 1_000 : 1
  return { perSecond: Number(perSecond), p50Ms: Number(p50) * factor }
}

async function askBench(url: string): Promise<Figures> {
  const { latenciesMs, elapsedMs, failed } = await sendLoad(
    {
      url,
      dialect: 'peer',
      scenario: 'flash-warm',
      firstProgram: 1,
      seed: 1,
      warmUpMs: 500,
      warmUpClients: CLIENTS,
      shape: { kind: 'closed', clients: CLIENTS },
      durationMs: SECONDS * 1_000,
    },
    () => undefined,
  )
  expect(failed).toBe(0)
  return { perSecond: (latenciesMs.length / elapsedMs) * 1_000, p50Ms: median(latenciesMs) }
}

describe('against wrk', { tags: ['slow'], timeout: 60_000 }, () => {
  const wrk = findWrk()
  if (wrk === null && process.env['REQUIRE_LAYERS'] === '1') throw new Error('wrk is not installed')
  if (wrk === null) process.stderr.write('SKIPPED: wrk is not installed, so nothing checks the figures of the bench.\n')

  test.skipIf(wrk === null)('the figures agree within 10 % on a server of known delay', async () => {
    const server = join(root, 'test', 'fixtures', 'delayed-server.ts')
    const child = spawn(process.execPath, [server, String(DELAY_MS)], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
      const theirs: Figures[] = []
      const ours: Figures[] = []
      for (let pair = 0; pair < PAIRS; pair++) {
        theirs.push(await askWrk(wrk ?? '', url))
        ours.push(await askBench(url))
      }
      // Of neighbours in time, since other programs may disturb some of the pairs.
      const ratioOf = (name: keyof Figures): number =>
        median(ours.map((figures, pair) => figures[name] / (theirs[pair]?.[name] ?? Number.NaN)))
      expect(median(theirs.map(({ p50Ms }) => p50Ms))).toBeGreaterThanOrEqual(DELAY_MS)
      expect(Math.abs(ratioOf('p50Ms') - 1)).toBeLessThan(0.1)
      expect(Math.abs(ratioOf('perSecond') - 1)).toBeLessThan(0.1)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('the command', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [main, 'bench', ...args], { encoding: 'utf8', timeout: 60_000 })

  test('prints its own help, and refuses what it does not know', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: HELP })
    expect(run('compare', 'one.json')).toMatchObject({
      status: 1,
      stderr: 'compare needs two files: worker-isolate bench compare A.json B.json\n',
    })
  })

  test(
    'a short run leaves its lines, its figures and its reports, which can be compared',
    { tags: ['slow'], timeout: 90_000 },
    () => {
      const out = join(folder, 'out')
      const args = [
        '--quick',
        '--rounds',
        '2',
        '--targets',
        'self,vm,isolated-vm,quickjs',
        '--scenarios',
        'live-cold/sequential',
      ]
      const { stdout, status } = run(...args, '--out', out)
      // Without the peers from npm the run is whole but for QuickJS, and says so.
      const hasPeers = existsSync(join(root, 'bench', 'peers', 'node_modules'))
      expect(status).toBe(hasPeers ? 0 : 3)
      expect(stdout).toContain('| worker-isolate |')
      if (!hasPeers) expect(stdout).toContain('quickjs-emscripten is not installed; run: npm ci --prefix bench/peers')
      const document = readRun(join(out, 'run.json'))
      expect(readRun(join(out, 'run.jsonl'))).toEqual(document)
      const self = document.cells.filter(({ target }) => target === 'self')
      expect(self).toHaveLength(2)
      for (const cell of self) {
        expect(cell).toMatchObject({ failed: 0, latencyMs: { p50: expect.any(Number) } })
        expect(cell.cpuSeconds).toBeGreaterThan(0)
        expect(Object.keys(cell.phasesMs)).toEqual(expect.arrayContaining(['isolate', 'evaluate', 'call']))
      }
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<svg')
      expect(readFileSync(join(out, 'overview.svg'), 'utf8')).toMatch(/^<svg /u)
      expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('## Live cold, 1 client')
      const compared = run('compare', join(out, 'run.json'), join(out, 'run.jsonl'))
      expect(compared).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing changed beyond noise') })
    },
  )
})
