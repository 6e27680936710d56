// `worker-isolate doctor`: says how well executors are confined on this machine, by confining some and trying to get out.
import { detectConfinement } from '../pool/confinement/detect.ts'
import type { ConfinementReport } from '../pool/confinement/detect.ts'
import type { ConfinementChoice, ConfinementLevel } from '../pool/confinement/level.ts'
import { LEVELS } from '../pool/confinement/level.ts'
import { describeMachine } from './doctor-machine.ts'
import type { DoctorProbeReport } from './doctor-probe.ts'
import { runDoctorProbe } from './doctor-run-probe.ts'
import type { ProbeResult } from './doctor-run-probe.ts'
import type { Finding } from './doctor-text.ts'
import { layOut } from './doctor-text.ts'

export interface DoctorOptions {
  readonly choice: ConfinementChoice
  readonly nodePath: string
  /** `doctor-probe.ts`, or what it is built to. */
  readonly probePath: string
  /** Real paths of what the probe imports: the folders of the executor, and isolated-vm. */
  readonly readPaths: readonly string[]
  /** The first user of the configured range; 0 when executors keep the user of the service. */
  readonly uid: number
  /** Whether the snapshot of the guest program is there and fits; the detail is a sentence. */
  readonly checkSnapshot: () => Promise<{ readonly ok: boolean; readonly detail: string }>
  /** Where bubblewrap may be; the fixed places when left out. */
  readonly bubblewrapPaths?: readonly string[]
}

export interface Diagnosis {
  readonly text: string
  /** False when nothing stronger than the permission model works, or when the service cannot run at all. */
  readonly ok: boolean
}

export async function runDoctor(options: DoctorOptions): Promise<Diagnosis> {
  const { choice, nodePath, bubblewrapPaths } = options
  const detected = await detectConfinement({
    choice,
    nodePath,
    probe: true,
    ...(bubblewrapPaths === undefined ? {} : { bubblewrapPaths }),
  })
  const probes = new Map<ConfinementLevel, ProbeResult>()
  for (const level of LEVELS) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that each start is timed alone
    probes.set(level, await probeLevel(level, detected, options))
  }
  const working = LEVELS.filter((level) => isWorking(level, probes.get(level)))
  const used = choice === 'auto' ? working[0] : working.find((level) => level === choice)
  const usedProbe = used === undefined ? undefined : probes.get(used)
  const snapshot = await options.checkSnapshot()
  const isolateWorks = usedProbe?.ok === true && usedProbe.report.isolate === 42
  const findings: Finding[] = [
    { name: 'Node.js', status: 'ok', detail: `${process.versions.node}, V8 ${process.versions.v8}, at ${nodePath}` },
    ...describeMachine(),
    {
      name: 'isolated-vm',
      status: isolateWorks ? 'ok' : 'bad',
      detail: isolateWorks
        ? 'runs code inside a confined process'
        : 'did not run code in any process at the level in use',
    },
    { name: 'Snapshot', status: snapshot.ok ? 'ok' : 'bad', detail: snapshot.detail },
    { name: 'Users', ...describeUsers(detected.ownUsers ? options.uid : null) },
    ...LEVELS.map((level) => describeLevel(level, probes.get(level))),
    describeChoice(choice, used),
  ]
  const isStrong = used !== undefined && used !== 'permission'
  return { text: layOut(findings), ok: isStrong && isolateWorks && snapshot.ok }
}

async function probeLevel(level: ConfinementLevel, detected: ConfinementReport, options: DoctorOptions) {
  const reason = detected.unavailable[level]
  if (reason !== undefined) return { ok: false, reason } as const
  return runDoctorProbe({
    level,
    nodePath: options.nodePath,
    entryPath: options.probePath,
    readPaths: options.readPaths,
    uid: detected.ownUsers && options.uid > 0 ? options.uid : null,
    bubblewrap: detected.bubblewrap,
  })
}

/** A level works when nothing that it should prevent succeeded; a kernel without Landlock still has seccomp. */
function isWorking(level: ConfinementLevel, probe: ProbeResult | undefined): boolean {
  if (probe?.ok !== true || escapes(probe.report).length > 0) return false
  return level === 'permission' || probe.report.native !== null
}

function escapes({ native, javascript }: DoctorProbeReport): string[] {
  return [...(native ?? []).filter(({ errno }) => errno === 0).map(({ name }) => name), ...javascript]
}

function describeLevel(level: ConfinementLevel, probe: ProbeResult | undefined): Finding {
  const status = isWorking(level, probe) ? 'ok' : level === 'permission' ? 'bad' : 'info'
  if (probe === undefined || !probe.ok) return { name: level, status, detail: `not available: ${probe?.reason ?? ''}` }
  const { report, readyMs } = probe
  const succeeded = escapes(report)
  const lines = [`ready in ${Math.round(readyMs)} ms: ${report.layers.join(', ')}`]
  if (report.native === null) lines.push('native code in the executor could do what the user may do')
  else
    lines.push(
      `the kernel refused to: ${report.native
        .filter(({ errno }) => errno !== 0)
        .map(({ name }) => name)
        .join(', ')}`,
    )
  if (succeeded.length > 0) lines.push(`IT COULD: ${succeeded.join(', ')}`)
  for (const problem of report.problems) lines.push(`missing: ${problem}`)
  return { name: level, status, detail: lines.join('\n') }
}

/** @param firstUid null when the service is not root, 0 when it is but does not change users */
function describeUsers(firstUid: number | null): Pick<Finding, 'status' | 'detail'> {
  if (firstUid === null) {
    const detail = `the service is user ${process.geteuid?.() ?? '?'}, and its executors share that user; start it as root to change that`
    return { status: 'info', detail }
  }
  if (firstUid === 0)
    return { status: 'bad', detail: 'the service is root, and its executors stay root; configure a range of users' }
  return { status: 'ok', detail: `the service is root; each executor becomes a user of its own, from ${firstUid} on` }
}

function describeChoice(choice: ConfinementChoice, used: ConfinementLevel | undefined): Finding {
  const name = 'In use'
  const asked = `confinement is "${choice}"`
  if (used === undefined)
    return { name, status: 'bad', detail: `${asked}, and no level works: the service will not start` }
  if (used !== 'permission') return { name, status: 'ok', detail: `${asked}: executors run at "${used}"` }
  const advice = 'install bubblewrap, or use a kernel with seccomp and a Node.js with node:ffi'
  return {
    name,
    status: 'bad',
    detail: `${asked}: executors run at "permission", which native code gets around; ${advice}`,
  }
}
