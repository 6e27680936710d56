// When the service is killed, its executors go with it, even those that a guest keeps too busy to notice.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import type { ConfinementLevel } from '../../src/pool/confinement/level.ts'
import { isAlive } from '../support/processes.ts'
import { FIRST_UID, hasBubblewrap, hasLinux } from './confinement-probe.ts'

const GONE_MS = 1_000
const levels: ConfinementLevel[] = hasBubblewrap() ? ['bubblewrap', 'self'] : ['self']

/** A process that starts a probe, gives it an endless loop, says its process id and waits. */
function parentProgram(level: ConfinementLevel): string {
  return `
    import { Probe } from ${JSON.stringify(join(import.meta.dirname, 'confinement-probe.ts'))}
    const probe = new Probe({ level: ${JSON.stringify(level)}, uid: ${String(FIRST_UID)} })
    await probe.ready()
    probe.send({ do: 'javascript', code: 'for (;;);' })
    process.stdout.write(probe.pid + '\\n')
    setInterval(() => undefined, 1000)
  `
}

describe.runIf(hasLinux).each(levels)('an executor in an endless loop, at the level %s', (level) => {
  it('is gone within a second of the death of its service', async () => {
    const parent = spawn(process.execPath, ['--no-node-snapshot', '--input-type=module', '-e', parentProgram(level)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    const pid = Number(line)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    const killedAt = performance.now()
    while (isAlive(pid) && performance.now() - killedAt < GONE_MS) {
      // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const isGone = !isAlive(pid)
    if (!isGone) process.kill(pid, 'SIGKILL')
    expect(isGone).toBe(true)
  })
})
