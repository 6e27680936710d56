// The program's command line from outside: what it prints where, how it ends, and that nothing starts before all is well.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { helpText } from '../../src/cli/help-text.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

function run(
  args: readonly string[],
  env: Record<string, string> = {},
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    env,
    encoding: 'utf8',
    timeout: 15_000,
  })
  return { code: status, stdout, stderr }
}

describe('what is wrong', () => {
  test('every issue is on standard error, nothing on standard output, and the exit code is 1', () => {
    const env = { PORT: '-1', MEMORY_MB: '4', HOST: '0.0.0.0', API_KEY: 'hunter2 hunter2', UNRELATED: 'x' }
    expect(run(['serve', '--wall-ms=10m', '--nonsense'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        '--nonsense is not a flag; --help lists all of them.',
        'PORT is -1; the smallest allowed value is 0.',
        'API_KEY has a value that cannot be used (it is not shown); it must be at most 512 visible ASCII characters without spaces.',
        'MEMORY_MB is 4; the smallest allowed value is 8.',
        '--wall-ms is 10m; it must be a whole number of ms in plain digits.',
        '',
      ].join('\n'),
    })
  })

  test('an address that others can reach needs a key', () => {
    expect(run([], { HOST: '0.0.0.0', PORT: '0' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'HOST is 0.0.0.0, which other machines can reach; set API_KEY, or accept requests without a key with --insecure.\n',
    })
  })

  test('doctor checks the settings too', () => {
    expect(run(['doctor'], { CONFINEMENT: 'jail' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'CONFINEMENT is jail; the allowed values are auto, bubblewrap, self, permission.\n',
    })
  })
})

describe('a service that cannot start', () => {
  // Nothing answers it while the program runs, which is all that it takes for its port to be in use.
  const other = createServer()
  beforeAll(() => new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise<void>((resolve) => void other.close(() => resolve())))
  const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('because its port is in use says so, ends with 1, and has started nothing', () => {
    const { port } = other.address() as AddressInfo
    expect(run(['serve', `--port=${port}`], { DATA_DIR: join(folder, 'data') })).toEqual({
      code: 1,
      stdout: '',
      stderr: `PORT (--port) is ${port}, which another program on this machine uses already; name another one, or 0 for any that is free.\n`,
    })
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  test('because its host is none of this machine says so and ends with 1', () => {
    const env = { HOST: '203.0.113.9', PORT: '0', DATA_DIR: join(folder, 'data') }
    expect(run(['serve', '--insecure'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'HOST (--host) is 203.0.113.9, which is no address of this machine.\n',
    })
  })

  test.each(['/proc/nowhere', '/proc/nowhere/deeper'])(
    'because there can be no folder %s says so and ends with 1',
    (path) => {
      const { code, stderr } = run(['serve'], { PORT: '0', DATA_DIR: path })
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(path) })
    },
  )
})

describe('information', () => {
  test.each(['--help', '-h', 'help', 'serve --port x --help'])('"%s" prints the help', (line) => {
    expect(run(line.split(' '), { PORT: 'x' })).toEqual({ code: 0, stdout: helpText(), stderr: '' })
  })

  test('--version prints the version alone', () => {
    expect(run(['--version'])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u), stderr: '' })
  })
})

describe('egress explain', () => {
  test('says which rule decides, and its exit code says whether the request would be made', () => {
    const allowed = run(['egress', 'explain', 'https://8.8.8.8/', '--method=POST', '--endpoint', 'orders'], {
      EGRESS_POLICY: 'public',
    })
    expect(allowed).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'For functions of endpoint orders:',
        'POST https://8.8.8.8/ is allowed by EGRESS_POLICY=public: allow public.',
        '8.8.8.8 may be connected to.',
        'The request is made. Where its answer redirects to is decided anew.',
        'A function with a list egress may ask the hosts in it only.',
        '',
      ].join('\n'),
    })
    expect(run(['egress', 'explain', 'https://8.8.8.8/'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        'there are no rules, and without one nothing is allowed (EGRESS_POLICY).',
      ) as string,
    })
    expect(run(['egress', 'explain', 'https://8.8.8.8/', '--egress-policy=/none.json'])).toMatchObject({
      code: 2,
      stderr: 'EGRESS_POLICY is /none.json, which cannot be read (ENOENT).\n',
    })
  })

  test.each([
    [['egress'], 'The command is egress explain URL'],
    [['egress', 'explain'], 'The command is egress explain URL'],
    [['egress', 'explain', 'https://a/', '--method'], '--method needs a value.'],
    [['egress', 'explain', 'https://a/', '--method', 'A', '--method=B'], '--method is given twice.'],
    [['egress', 'explain', 'https://a/', '--nonsense'], '--nonsense is not a flag'],
  ])('%j is refused', (args, problem) => {
    const { code, stderr } = run(args)
    expect([code, stderr.startsWith(problem) ? problem : stderr]).toEqual([1, problem])
  })
})
