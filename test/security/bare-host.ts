// Runs a few lines of host code over bare isolated-vm in a process of their own: what a host must not do is shown there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../support/service-process.ts'

export interface HostEnding {
  readonly crash: string | null
  /** True when the process was still there after its time and had to be killed. */
  readonly hangs: boolean
  /** What the code said. */
  readonly text: string
}

/** `code` finds `ivm`, `isolate`, `context` and `say(value)`. */
export async function runHost(code: string, boundMs = 5_000): Promise<HostEnding> {
  const program = `
    import ivm from 'isolated-vm'
    const isolate = new ivm.Isolate({ memoryLimit: 32 })
    const context = await isolate.createContext()
    const say = (value) => process.stdout.write(String(value))
    ${code}
    process.stdout.write('', () => process.kill(process.pid, 'SIGTERM'))`
  const child = spawn(process.execPath, ['--no-node-snapshot', '--input-type=module', '-e', program], {
    cwd: join(PROJECT_FOLDER),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  let hangs = false
  const bound = setTimeout(() => {
    hangs = true
    child.kill('SIGKILL')
  }, boundMs)
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(bound)
  const crash = signal === 'SIGTERM' || signal === 'SIGKILL' ? null : signal
  return { crash, hangs, text }
}
