// Runs a program in a plain process with bare isolated-vm and tells what became of it: the precondition of a hostile case.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { VictimLine, VictimOptions } from '../fixtures/bare-victim.ts'

const VICTIM = join(import.meta.dirname, '..', 'fixtures', 'bare-victim.ts')
const POLL_MS = 5
const PAGES_PER_MB = 256
const CRASHES = ['SIGABRT', 'SIGSEGV', 'SIGTRAP', 'SIGILL', 'SIGBUS']

export interface VictimRun extends Partial<VictimOptions> {
  readonly source: string
  /** The process is ended as soon as it is larger than this: then it has been seen. */
  readonly enoughMb?: number
  /** The process is ended after this long, whatever it does. */
  readonly boundMs?: number
}

export interface Observation {
  /** The signal of a crash; null when the process did not crash. */
  readonly crash: string | null
  /** How the operation ended, or `pending` when it went on long after its timeout. */
  readonly ending: 'resolved' | 'rejected' | 'pending' | 'unknown'
  /** The value as JSON, or the message of the error. */
  readonly text: string
  /** Processor cores in use after `dispose`; 0 when the operation had ended. */
  readonly burningCores: number
  readonly maxResidentMb: number
}

export async function observeVictim(run: VictimRun): Promise<Observation> {
  const {
    source,
    isModule = false,
    timeoutMs = 1_000,
    memoryMb = 32,
    waitMs = 5_000,
    boundMs = 20_000,
    watchesAfter = false,
  } = run
  const options = JSON.stringify({
    source,
    isModule,
    timeoutMs,
    memoryMb,
    waitMs,
    watchesAfter,
  } satisfies VictimOptions)
  const child = spawn(process.execPath, ['--no-node-snapshot', VICTIM], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.end(options)
  const seen: VictimLine[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => seen.push(JSON.parse(line) as VictimLine))
  const bound = setTimeout(() => child.kill('SIGKILL'), boundMs)
  let maxResidentMb = 0
  const poll = setInterval(() => {
    maxResidentMb = Math.max(maxResidentMb, residentMb(child.pid ?? 0))
    if (run.enoughMb !== undefined && maxResidentMb > run.enoughMb) child.kill('SIGKILL')
  }, POLL_MS)
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearInterval(poll)
  clearTimeout(bound)
  const [ended, ...rest] = seen
  const burn = rest.find((line) => line.saw === 'burn')
  return {
    crash: signal !== null && CRASHES.includes(signal) ? signal : null,
    ending: ended === undefined || ended.saw === 'burn' ? 'unknown' : ended.saw,
    text: ended !== undefined && 'text' in ended ? ended.text : '',
    burningCores: burn?.cores ?? 0,
    maxResidentMb,
  }
}

function residentMb(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ', 2)[1]) / PAGES_PER_MB
  } catch {
    return 0
  }
}
