// The configuration as data: defaults, bounds, rules between settings, and what an operator reads when something is wrong.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadConfig, withoutSecrets } from '../../src/config.ts'
import type { Config, LoadedConfig } from '../../src/config.ts'
import { environmentName, flagName, isSecret, keyOfFlag } from '../../src/config/names.ts'
import { isLoopback } from '../../src/config/rules.ts'
import type { Setting } from '../../src/config/setting.ts'
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.ts'
import type { SettingKey } from '../../src/config/settings.ts'

const KEY = 'key-of-the-tests'

function load(
  env: Record<string, string | undefined>,
  flags: Partial<Record<SettingKey, string>> = {},
  cores = 4,
): LoadedConfig {
  return loadConfig({ env, flags: new Map(Object.entries(flags) as [SettingKey, string][]), facts: { cores } })
}

function configOf(loaded: LoadedConfig): Config {
  if (!loaded.ok) throw new Error(`not a configuration: ${loaded.issues.join(' ')}`)
  return loaded.config
}

function issuesOf(loaded: LoadedConfig): readonly string[] {
  if (loaded.ok) throw new Error('a configuration, although something is wrong')
  return loaded.issues
}

describe('defaults', () => {
  test('an empty environment gives the documented limits', () => {
    expect(configOf(load({}))).toMatchObject({
      port: 8_000,
      host: '127.0.0.1',
      apiKey: '',
      insecure: false,
      logLevel: 'info',
      memoryMb: 128,
      cpuMs: 5_000,
      wallMs: 30_000,
      wallMsMax: 600_000,
      inputBytes: 10 * 1024 * 1024,
      runsyncInputBytes: 20 * 1024 * 1024,
      outputBytes: 10 * 1024 * 1024,
      logBytes: 256 * 1024,
      queueMs: 30_000,
      waiting: 1_000,
      bufferedBytes: 256 * 1024 * 1024,
      guestWasm: false,
    })
  })

  test.each([
    [1, 2],
    [2, 2],
    [7, 7],
    [4_000, 512],
  ])('a machine with %i processors runs at most %i executors', (cores, executorsMax) => {
    expect(configOf(load({}, {}, cores)).executorsMax).toBe(executorsMax)
  })

  test('an empty environment variable counts as not set', () => {
    expect(configOf(load({ PORT: '', API_KEY: '', LOG_LEVEL: '' }))).toMatchObject({ port: 8_000, logLevel: 'info' })
  })

  test('variables that belong to no setting are ignored, also those that every object seems to have', () => {
    const env = Object.assign(Object.create({ PORT: '9' }) as Record<string, string>, { MEMORY: 'x', toString: 'y' })
    expect(configOf(load(env)).port).toBe(8_000)
  })
})

describe('sources', () => {
  test('a flag wins over its environment variable, even when the variable is wrong', () => {
    expect(configOf(load({ MEMORY_MB: 'much' }, { memoryMb: '64' })).memoryMb).toBe(64)
  })

  test.each([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ])('a switch reads %s as %s', (text, value) => {
    expect(configOf(load({ GUEST_WASM: text })).guestWasm).toBe(value)
  })
})

describe('issues', () => {
  test.each([
    ['EGRESS_ALLOW', 'http://h:1/path', '[scheme://]host[:port]'],
    ['EGRESS_ALLOW', 'ftp://h', '[scheme://]host[:port]'],
    ['RESOURCE_URLS', 'https://h', 'name=URL'],
    ['RESOURCE_URLS', 'a=h', 'name=URL'],
  ])('%s as %s is told what it must be', (name, text, says) => {
    const [issue] = issuesOf(load({ [name]: text }))
    expect(issue).toContain(`${name} is ${text}`)
    expect(issue).toContain(says)
  })

  test('every issue is reported at once, each under the name that the operator used', () => {
    const env = { MEMORY_MB: '4', LOG_LEVEL: 'loud', GUEST_WASM: 'yes', WALL_MS: '700000', WORKER_ID: 'a b' }
    expect(issuesOf(load(env, { port: '65536' }))).toEqual([
      '--port is 65536; the largest allowed value is 65535.',
      'LOG_LEVEL is loud; the allowed values are trace, debug, info, warn, error, fatal, silent.',
      'WORKER_ID is "a b"; it must be at most 64 letters, digits, dots, underscores and hyphens.',
      'MEMORY_MB is 4; the smallest allowed value is 8.',
      'GUEST_WASM is yes; the allowed values are true and false.',
      'WALL_MS is 700000; it must not be more than WALL_MS_MAX, which is 600000.',
    ])
  })

  test.each(['128M', '1e3', '0x80', ' 128', '128 ', '1_000', '+128', '1.5', '0128', '-0', 'NaN', '9'.repeat(400)])(
    '%j is no number of megabytes',
    (text) => {
      const [issue = '', ...others] = issuesOf(load({ MEMORY_MB: text }))
      expect(issue).toMatch(/^MEMORY_MB is .{1,64}; it must be a whole number of MB in plain digits\.$/u)
      expect(others).toEqual([])
    },
  )

  test('0 switches off what may be off, and the numbers between off and the smallest value are refused', () => {
    expect(configOf(load({ EXECUTOR_UID_BASE: '0' })).executorUidBase).toBe(0)
    expect(issuesOf(load({ EXECUTOR_UID_BASE: '1' }))).toEqual([
      'EXECUTOR_UID_BASE is 1; the smallest allowed value is 1000, and 0 switches it off.',
    ])
  })

  test('what the operator wrote stays on one line and is cut', () => {
    const issues = issuesOf(load({ LOG_LEVEL: `info\n{"level":"fatal"}${'x'.repeat(10_000)}` }))
    expect(issues).toHaveLength(1)
    expect(issues.join('')).toMatch(/^LOG_LEVEL is "info\\n[^\n]{1,300}$/u)
  })

  test('a limit of a body above the buffers of all bodies is refused', () => {
    expect(issuesOf(load({ BUFFERED_BYTES: '15000000' }))).toEqual([
      'RUNSYNC_INPUT_BYTES is 20971520; it must not be more than BUFFERED_BYTES, which is 15000000.',
    ])
  })

  test('more executors at least than at most are refused', () => {
    expect(issuesOf(load({}, { executorsMin: '8' }, 2))).toEqual([
      '--executors-min is 8; it must not be more than EXECUTORS_MAX, which is 2.',
    ])
  })

  test('a rule between settings is silent while one of them is wrong by itself', () => {
    expect(issuesOf(load({ WALL_MS: '700000', WALL_MS_MAX: 'x' }))).toHaveLength(1)
  })
})

describe('the address', () => {
  test.each([
    '0.0.0.0',
    '::',
    '192.168.1.7',
    'example.com',
    'localhost.example.com',
    '127.0.0.256',
    '127.1',
    '2130706433',
  ])('%s needs a key or --insecure', (host) => {
    expect(issuesOf(load({ HOST: host }))).toEqual([
      `HOST is ${host}, which other machines can reach; set API_KEY, or accept requests without a key with --insecure.`,
    ])
    expect(load({ HOST: host, API_KEY: KEY }).ok).toBe(true)
    expect(load({ HOST: host }, { insecure: 'true' }).ok).toBe(true)
    expect(load({ HOST: host, INSECURE: 'false', API_KEY: '' }).ok).toBe(false)
  })

  test.each(['127.0.0.1', '127.8.9.255', 'localhost', 'LOCALHOST', '::1', '::ffff:127.0.0.1'])(
    '%s needs neither',
    (host) => {
      expect(load({ HOST: host }).ok).toBe(true)
    },
  )

  test('no IPv4 address outside 127.0.0.0/8 is loopback', () => {
    fc.assert(
      fc.property(fc.ipV4(), (host) => {
        expect(isLoopback(host)).toBe(host.startsWith('127.'))
      }),
    )
  })
})

describe('secrets', () => {
  test.each(['two words', 'tab\tkey', 'schlüssel', 'k'.repeat(513), 'line\nkey'])(
    'the key %j is refused unseen',
    (apiKey) => {
      const issues = issuesOf(load({ API_KEY: apiKey, HOST: '0.0.0.0' }))
      expect(issues).toEqual([
        'API_KEY has a value that cannot be used (it is not shown); it must be at most 512 visible ASCII characters without spaces.',
      ])
    },
  )

  test('no issue ever holds the key, whatever else is wrong', () => {
    const wrong = fc.record({ port: fc.string(), memoryMb: fc.string(), host: fc.string(), logLevel: fc.string() })
    fc.assert(
      fc.property(wrong, fc.string({ minLength: 12, maxLength: 600 }), (texts, apiKey) => {
        fc.pre(Object.values(texts).every((text) => !text.includes(apiKey)))
        const loaded = load({
          API_KEY: apiKey,
          PORT: texts.port,
          MEMORY_MB: texts.memoryMb,
          HOST: texts.host,
          LOG_LEVEL: texts.logLevel,
        })
        if (loaded.ok) expect(JSON.stringify(withoutSecrets(loaded.config))).not.toContain(apiKey)
        else for (const issue of loaded.issues) expect(issue).not.toContain(apiKey)
      }),
    )
  })

  test('the configuration for the log says only whether there is a key', () => {
    expect(withoutSecrets(configOf(load({ API_KEY: KEY }))).apiKey).toBe('(set)')
    expect(withoutSecrets(configOf(load({}))).apiKey).toBe('')
  })
})

describe('the table', () => {
  const entries = SETTING_KEYS.map((key): [SettingKey, Setting] => [key, SETTINGS[key]])
  const integers = entries.flatMap(([key, setting]) => (setting.kind === 'integer' ? [{ key, setting }] : []))

  test('names are made from keys, and every flag leads back to its setting', () => {
    expect(environmentName('runsyncInputBytes')).toBe('RUNSYNC_INPUT_BYTES')
    expect(flagName('runsyncInputBytes')).toBe('runsync-input-bytes')
    for (const key of SETTING_KEYS) expect(keyOfFlag(flagName(key) ?? '')).toBe(isSecret(key) ? null : key)
  })

  test('a key of milliseconds, bytes or megabytes says so, and its unit agrees', () => {
    for (const { key, setting } of integers) {
      const inName = /Ms(?:Max)?$/u.test(key)
        ? 'ms'
        : key.endsWith('Bytes')
          ? 'bytes'
          : key.endsWith('Mb')
            ? 'MB'
            : undefined
      expect([key, setting.unit]).toEqual([key, inName])
    }
  })

  test('every description is one sentence', () => {
    for (const [key, { description }] of entries)
      expect([key, description]).toEqual([key, expect.stringMatching(/^[A-Z].*[^.]\.$/u)])
  })

  test('the least and the greatest value of each number are allowed, and one beyond is not', () => {
    for (const { key, setting } of integers) {
      const name = environmentName(key)
      const parts = {
        [name]: '',
        WALL_MS_MAX: '86400000',
        BUFFERED_BYTES: '68719476736',
        WALL_MS: '10',
        INPUT_BYTES: '1024',
      }
      const others = { ...parts, RUNSYNC_INPUT_BYTES: '1024', EXECUTORS_MIN: '1', EXECUTORS_MAX: '512' }
      const isTopOfRule = ['wallMsMax', 'bufferedBytes', 'executorsMax'].includes(key)
      const withValue = (value: number): LoadedConfig => load({ ...others, [name]: String(value) })
      expect([key, withValue(setting.max).ok]).toEqual([key, true])
      if (!isTopOfRule) expect([key, withValue(setting.min).ok]).toEqual([key, true])
      expect(issuesOf(withValue(setting.max + 1))).toContain(
        `${name} is ${setting.max + 1}; the largest allowed value is ${setting.max}.`,
      )
      if (setting.min - 1 === setting.off) continue
      const orOff = setting.off === undefined ? '' : `, and ${setting.off} switches it off`
      expect(issuesOf(withValue(setting.min - 1))).toContain(
        `${name} is ${setting.min - 1}; the smallest allowed value is ${setting.min}${orOff}.`,
      )
    }
  })

  test('a value is taken as it is written or refused, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String))
    fc.assert(
      fc.property(fc.constantFrom(...integers), text, ({ key, setting }, given) => {
        fc.pre(given !== '')
        const loaded = load({ [environmentName(key)]: given })
        if (loaded.ok) {
          const value = loaded.config[key]
          expect(String(value)).toBe(given)
          expect(value === setting.off || (Number(value) >= setting.min && Number(value) <= setting.max)).toBe(true)
        } else expect(loaded.issues.length).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
})
