// What the process that installs packages loads: npm's resolver, which is most of it, only where something is to be resolved.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANY_PACKAGE } from '../../src/core/package-names.ts'
import { encodeFrame, FrameReader } from '../../src/ipc/frame.ts'
import type { Frame } from '../../src/ipc/frame.ts'
import type { InstallRequestMessage, InstallToolArguments } from '../../src/ipc/install-messages.ts'
import { integrityOf, NpmRegistry } from '../support/npm-registry.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'src', 'tool', 'install-main.ts')
const RESOLVER = '/@npmcli/arborist/'

/** Beside the program: says which modules of npm it has when it is asked with a signal. */
const WITNESS = `data:text/javascript,${encodeURIComponent(`
import { createRequire } from 'node:module'
const { cache } = createRequire('/witness.cjs')
process.on('SIGUSR2', () => console.log(JSON.stringify(Object.keys(cache))))
`)}`

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'install-loading-'))
  mkdirSync(join(folder, 'work'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Installed {
  /** Of the answer. */
  readonly header: unknown
  readonly loaded: readonly string[]
}

/** One installation of `leaf` by the program as it is started for one with that lock, or with none. */
async function install(registry: string, lock: string): Promise<Installed> {
  const place = { uid: 0, isLocked: lock !== '', folder: join(folder, 'work'), archives: folder }
  const argument = JSON.stringify(place satisfies InstallToolArguments)
  const child = spawn(process.execPath, ['--import', WITNESS, ENTRY, argument], {
    env: { HOME: place.folder },
    // A group of its own, which it ends when its socket closes.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  const socket = child.stdio[3] as Duplex
  const said = createInterface({ input: child.stdout as Readable })
  const exited = once(child, 'exit')
  try {
    const frames = readFrames(socket)
    await frames.next()
    const request: InstallRequestMessage = {
      type: 'install',
      id: 1,
      specs: [{ name: 'leaf', range: '1.0.0' }],
      policy: ANY_PACKAGE,
      registry: { registry, proxy: null, noProxy: null },
      limits: { packages: 10, bytes: 1_000_000, files: 100 },
    }
    socket.write(encodeFrame(request, [lock, '']))
    const { value: answer } = await frames.next()
    const line = once(said, 'line')
    child.kill('SIGUSR2')
    const [loaded] = (await line) as [string]
    return { header: answer?.header, loaded: JSON.parse(loaded) as readonly string[] }
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

async function* readFrames(socket: Duplex): AsyncGenerator<Frame, undefined> {
  const reader = new FrameReader(() => 1_000_000)
  for await (const chunk of socket) yield* reader.push(chunk as Buffer)
  return undefined
}

describe('the process that installs packages', () => {
  it('loads the resolver where there is no lock, and does without it where there is one', async () => {
    await using registry = await NpmRegistry.start()
    const integrity = integrityOf(registry.publish({ name: 'leaf' }))
    const resolved = await install(registry.url, '')
    expect(resolved.header).toMatchObject({ type: 'installed' })
    expect(resolved.loaded.some((path) => path.includes(RESOLVER))).toBe(true)
    rmSync(join(folder, 'work'), { recursive: true })
    mkdirSync(join(folder, 'work'))
    const packages = { 'node_modules/leaf': { version: '1.0.0', integrity } }
    const lock = JSON.stringify({ lockVersion: 1, dependencies: ['leaf@1.0.0'], packages })
    const locked = await install(registry.url, lock)
    expect(locked.header).toMatchObject({ type: 'installed' })
    expect(locked.loaded.some((path) => path.includes('/npm-registry-fetch/'))).toBe(true)
    expect(locked.loaded.some((path) => path.includes(RESOLVER))).toBe(false)
  })
})
