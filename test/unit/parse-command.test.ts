// The command line: which command, which settings, and what is said of everything else.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { helpText } from '../../src/cli/help-text.ts'
import { parseCommand } from '../../src/cli/parse-command.ts'
import { readCommand } from '../../src/cli/read-command.ts'
import { environmentName, flagName } from '../../src/config/names.ts'
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.ts'

const parse = (line: string): ReturnType<typeof parseCommand> =>
  parseCommand(line.split(' ').filter((word) => word !== ''))

describe('commands', () => {
  test.each([
    ['', 'serve'],
    ['serve', 'serve'],
    ['doctor', 'doctor'],
    ['help', 'help'],
    ['--help', 'help'],
    ['-h', 'help'],
    ['--version', 'version'],
    ['-v', 'version'],
    ['--port 1 doctor', 'doctor'],
    ['serve --nonsense --help', 'help'],
    ['no such command --version', 'version'],
  ])('"%s" means %s', (line, name) => {
    expect(parse(line).name).toBe(name)
  })

  test('a word that is no command, and a word too many, are issues', () => {
    expect(parse('start')).toMatchObject({
      name: 'serve',
      issues: ['"start" is not a command; the commands are serve, dev, build, egress, bench, doctor, help.'],
    })
    expect(parse('serve now --port 1 please')).toMatchObject({
      issues: ['"now" is one argument too many.', '"please" is one argument too many.'],
    })
  })
})

describe('flags', () => {
  test('a value follows after a space or an equals sign; a switch stands alone or has one after an equals sign', () => {
    const parsed = parse('--memory-mb 64 --cpu-ms=100 --insecure --guest-wasm=false --port -1')
    expect(parsed).toEqual({
      name: 'serve',
      issues: [],
      flags: new Map([
        ['memoryMb', '64'],
        ['cpuMs', '100'],
        ['insecure', 'true'],
        ['guestWasm', 'false'],
        ['port', '-1'],
      ]),
    })
  })

  test.each([
    ['--memory 64', '--memory is not a flag; --help lists all of them.'],
    ['--memoryMb 64', '--memoryMb is not a flag; --help lists all of them.'],
    ['-p 64', '-p is not a flag; --help lists all of them.'],
    ['--no-insecure', '--no-insecure is not a flag; --help lists all of them.'],
    ['--__proto__ x', '--__proto__ is not a flag; --help lists all of them.'],
    ['--port', '--port needs a value.'],
    ['--port=', '--port needs a value.'],
    ['--insecure=', '--insecure needs a value.'],
    ['--port --insecure', '--port needs a value.'],
    ['--port 1 --port=1', '--port is given twice.'],
  ])('"%s" is refused', (line, issue) => {
    expect(parse(line)).toMatchObject({ issues: [issue] })
  })

  test.each(['--api-key ', '--api-key=', '--apikey ', '--API_KEY ', '-k', '--key=', '--token '])(
    'a key on the command line ("%s…") is refused and not repeated',
    (flag) => {
      const command = readCommand({ argv: `${flag}hunter2`.split(' '), env: {}, facts: { cores: 2 } })
      expect(command).toMatchObject({ name: 'invalid', text: expect.not.stringMatching(/hunter2|unter|r2/u) })
    },
  )

  test('the answer to --api-key names the variable to use', () => {
    expect(parse('--api-key=x')).toMatchObject({
      issues: ['--api-key is not a flag, because other users of a machine can read command lines; set API_KEY.'],
    })
  })

  test('no command line makes the parser throw, and issues never have more than one line', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--', '-', '--port', '--port=', 'serve', 'help', '--insecure', '=', '--=', '--=x'),
      fc.string().map((text) => `--${text}`),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        const parsed = parseCommand(argv)
        if (!('issues' in parsed)) return
        for (const issue of parsed.issues) expect(issue).toMatch(/^[^\n\r]+\.$/u)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('readCommand', () => {
  const facts = { cores: 2 }

  test('issues of the command line and of the settings come together', () => {
    expect(readCommand({ argv: ['--nonsense', '--memory-mb', '4'], env: { PORT: 'x' }, facts })).toEqual({
      name: 'invalid',
      text: [
        '--nonsense is not a flag; --help lists all of them.\n',
        'PORT is x; it must be a whole number in plain digits.\n',
        '--memory-mb is 4; the smallest allowed value is 8.\n',
      ].join(''),
    })
  })

  test('help and version are given although the environment is wrong', () => {
    expect(readCommand({ argv: ['--help'], env: { PORT: 'x' }, facts })).toEqual({ name: 'help', text: helpText() })
    expect(readCommand({ argv: ['-v'], env: { PORT: 'x' }, facts })).toEqual({ name: 'version' })
  })

  test('doctor gets the same configuration as serve', () => {
    const argv = ['doctor', '--confinement', 'self']
    expect(readCommand({ argv, env: {}, facts })).toMatchObject({ name: 'doctor', config: { confinement: 'self' } })
  })
})

describe('--help', () => {
  test('it has every command, and every setting with its flag, its variable and its description', () => {
    const text = helpText()
    const words = text.replaceAll(/\s+/gu, ' ')
    for (const command of ['serve', 'doctor', 'help', '--help', '--version']) expect(text).toContain(`  ${command}`)
    for (const key of SETTING_KEYS) {
      const flag = flagName(key)
      expect(text).toMatch(
        new RegExp(`^  ${flag === null ? '' : `--${flag}( <\\w+>)?, `}${environmentName(key)}$`, 'mu'),
      )
      expect(words).toContain(SETTINGS[key].description)
    }
  })

  test('it fits a terminal', () => {
    expect(
      Math.max(
        ...helpText()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(120)
  })
})
