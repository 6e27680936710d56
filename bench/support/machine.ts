// What a figure means nothing without: machine, versions, commit.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { PROJECT_ROOT } from './service-process.ts'

export type MachineFacts = Readonly<Record<string, string | number>>

export function describeMachine(): MachineFacts {
  const isolatedVm = createRequire(import.meta.url)('isolated-vm/package.json') as { readonly version: string }
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.versions.node,
    v8: process.versions.v8,
    isolatedVm: isolatedVm.version,
    commit: describeCommit(),
    loadAtStart: loadavg()[0]?.toFixed(2) ?? '',
    date: new Date().toISOString(),
  }
}

function describeCommit(): string {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']
    return execFileSync('git', args, {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

export function writeMachine(machine: MachineFacts): string {
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  return `${facts.join(', ')}\n`
}
