// The real service in a folder that only its owner may enter, with secrets beside it: it works, and its executors hold
// nothing of the machine that a guest could want.
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyInstallation } from '../support/installed-copy.ts'
import { statusOf } from '../support/processes.ts'
import { INHERITED_SOCKET, ServiceProcess } from '../support/service-process.ts'
import { hasLinux, isRoot } from './confinement-probe.ts'
import { expectRecovery } from './hostile-suite.ts'

const OWNER_ONLY = 0o700
const SECRET = 'planted-secret'
const FIRST_EXECUTOR_UID = 64_500

/** The larger snapshots, which belong to the program of an executor. */
const SNAPSHOT = /\/sandbox-(\w+)\.snapshot$/u

let folder = ''
let service: ServiceProcess

describe.runIf(hasLinux)('a service in a 0700 folder with secrets in it', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'service-'))
    await copyInstallation(folder)
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, '.env'), `API_KEY=${SECRET}`)
    writeFileSync(join(folder, 'data', 'jobs.db'), SECRET)
    for (const path of ['.', 'data', '.env', 'data/jobs.db']) chmodSync(join(folder, path), OWNER_ONLY)
    const env = {
      EXECUTORS_MIN: '2',
      EXECUTORS_MAX: '2',
      EXECUTORS_SPARE: '0',
      EXECUTOR_UID_BASE: String(FIRST_EXECUTOR_UID),
      OTHER_SECRET: SECRET,
    }
    const inherited = openSync(join(folder, 'data', 'jobs.db'), 'r')
    service = await ServiceProcess.start({ folder, env, inherited })
    closeSync(inherited)
    // One that still starts has the user of the service.
    await expectRecovery(service, 2)
  }, 20_000)
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  it('runs JavaScript and TypeScript', async () => {
    const javascript = await service.client.execute({ source: 'const run = (a) => a + 1', args: [1] })
    const typescript = await service.client.execute({
      source: 'const run = (a: number): number => a + 1',
      args: [1],
      language: 'typescript',
    })
    expect([javascript.value, typescript.value, javascript.error, typescript.error]).toEqual([2, 2, '', ''])
  })

  it.runIf(isRoot)('has executors of users of their own, none of them twice and none of them root', () => {
    const users = service.executorPids().map((pid) => Number(statusOf(pid, 'Uid').split(/\s+/u)[0]))
    expect(users.length).toBeGreaterThanOrEqual(2)
    expect(new Set(users).size).toBe(users.length)
    for (const user of users) expect(user).toBeGreaterThanOrEqual(FIRST_EXECUTOR_UID)
  })

  it('has executors without a variable, an argument or an open file of it, nor one that it was started with', () => {
    for (const pid of service.executorPids()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      expect(['', 'PWD=/\0']).toContain(environment)
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(SECRET)
      // The root folder is the executor's own: under bubblewrap it holds the program and its libraries.
      const isOwnRoot = (fd: string): boolean => {
        const [own, open] = [`/proc/${pid}/root`, `/proc/${pid}/fd/${fd}`].map((path) => statSync(path))
        return own?.ino === open?.ino && own?.dev === open?.dev && own?.dev !== statSync('/').dev
      }
      const named = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
        const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
        return !/^(?:socket|pipe|anon_inode):|^\/dev\/null$/u.test(target) && !isOwnRoot(fd) && !SNAPSHOT.test(target)
      })
      expect(named.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).toEqual([])
    }
  })

  it('has executors that can read larger snapshots of the guest program when they are confined, once', async () => {
    const openIn = (pid: number): string[] =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => SNAPSHOT.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [])
    const open = (): string[] => service.executorPids().flatMap(openIn)
    const before = open()
    expect(new Set(before)).toEqual(new Set(['web', 'fetch', 'full']))
    const source = 'const run = () => new URL("/a", "http://b").href'
    expect((await service.client.execute({ source })).value).toBe('http://b/a')
    // Read when the next isolate is made; the file is closed then.
    await expect.poll(open).toHaveLength(before.length - 1)
    expect((await service.client.execute({ source })).value).toBe('http://b/a')
  })

  it('has executors that do not share a socket that it was started with', () => {
    const socket = readlinkSync(`/proc/${service.pid}/fd/${INHERITED_SOCKET}`)
    expect(socket).toMatch(/^socket:/u)
    for (const pid of service.executorPids()) {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      expect(open).not.toContain(socket)
    }
  })

  it('shows no path of itself, and no secret, in any answer', async () => {
    const sources = [
      'function run() { throw new Error("x") }',
      'throw new Error("x"); function run() {}',
      'function run() { return import("node:fs") }',
      'import "./.env"; export function run() {}',
      'function run( {',
      'export function run( {',
      'function run() { (function f() { f() })() }',
      'function run() { null.a }',
      'Promise.reject(new Error("x")); function run() {}',
      'function run() { Promise.reject(new Error("x")); return new Promise((done) => setTimeout(done, 5)) }',
      'await Promise.reject(new Error("x")); export function run() {}',
      'function run() { setTimeout(() => { throw new Error("x") }, 1); return new Promise(() => {}) }',
      'function run() { return setTimeout("text") }',
      'function run() { return new ArrayBuffer(8, { maxByteLength: 16 }) }',
      'function run() { return new ArrayBuffer(2 ** 40) }',
      'function run() { return new RegExp("(") }',
      'function run() { return Symbol() }',
      'function run() { return [() => 1] }',
      'function run() { return new Error("x") }',
      'function run() { return Error.prototype.stack ?? new Error("x").stack }',
      'Error.stackTraceLimit = 1e3; function run() { return new Error("x").stack }',
      'function run() { return [String(setTimeout), String(console.log), String(ArrayBuffer), String(FinalizationRegistry)] }',
      'const run = 1',
      'class run {}',
      'function other() {}',
      'function run() { for (;;); }',
      'function run() { const k = []; for (;;) k.push([1]) }',
      'function run() { "x".repeat(2 ** 28).match(/x/g) }',
      '//# sourceURL=/etc/passwd\nfunction run() { throw new Error("x") }',
      '//# sourceMappingURL=file:///etc/passwd\n\n\nfunction run() { throw new Error("x") }',
    ]
    const limits = { cpuMs: 300, wallMs: 2_000, memoryMb: 32 }
    const answers = await Promise.all(
      sources.flatMap((source) => [
        service.client.execute({ source, limits }),
        service.client.execute({ source, limits, kwargs: { a: 1 } }),
        service.client.execute({ source, limits, language: 'typescript' }),
      ]),
    )
    for (const { text, error } of answers) {
      expect(text).not.toContain(folder)
      expect(text).not.toContain(SECRET)
      expect(text).not.toMatch(/node_modules|file:\/\/|executor\.mjs|isolated-vm|node:internal/u)
      expect(error).not.toMatch(/\(\/(?!etc\/passwd)\w/u)
    }
  })
})
