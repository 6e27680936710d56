// Deployed modules that look for what the other tables leave out, and sources that attack the bundler.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { describeDeployed } from './deployed-suite.ts'
import { ATTACKS } from './programs/attacks.ts'
import { SOURCES } from './programs/sources.ts'

const BUNDLED = 'The bundler reads the module before anything runs, and ends with a sentence.'
function hasItsStackInStdout({ error, stdout }: ExecuteAnswer): void {
  expect(error).toMatch(/^Failed to execute Flash function 'attack\d+': x$/u)
  expect(stdout).toMatch(/at run \(attack\d+\.js/u)
  expect(stdout).not.toMatch(/^ +at .*worker-isolate:/mu)
}
const isNull = ({ value }: ExecuteAnswer): void => expect(value).toBeNull()
const DROPPED = 'The bundler drops code that has no effect.'

/** By whom the bundler is ended, of the service and the kernel, is a matter of who is quicker. */
const TOO_MUCH_MEMORY = /MB of memory; the limit is|most likely because memory ran out/u

describeDeployed({
  title: 'code that looks for what is left',
  programs: ATTACKS,
  differences: {
    'makes a loop of the name that is asked for': { refused: /"run" is not declared/u, reason: BUNDLED },
    'imports data with attributes': { refused: /only files can be imported/u, reason: BUNDLED },
    'imports the source of a module': { refused: /a module of Node\.js/u, reason: BUNDLED },
    'gives its code a name of the service': {
      check: hasItsStackInStdout,
      reason: 'The stack of a deployed function goes to stdout, with the name of its own file.',
    },
    'writes a stack with frames of the service and of isolated-vm': {
      refused: /GUEST_THREW: m/u,
      reason: 'Every module is evaluated once before its deployment goes live.',
    },
  },
})

/** Bundling takes longer than a test waits for the service. */
const TOO_LONG = 'declares a function half a million times'

describeDeployed({
  title: 'code that attacks with its source',
  programs: SOURCES.filter(({ title }) => title !== TOO_LONG),
  isSlow: true,
  differences: {
    'nests brackets too deeply for the compiler': { refused: TOO_MUCH_MEMORY, reason: BUNDLED },
    'nests parentheses too deeply for the compiler': { refused: /Expected "\)"/u, reason: BUNDLED },
    'nests blocks too deeply for the compiler': { refused: TOO_MUCH_MEMORY, reason: BUNDLED },
    'nests negations too deeply for the compiler': { refused: TOO_MUCH_MEMORY, reason: BUNDLED },
    'declares a name of millions of characters twice': { refused: /The symbol "x{50}/u, reason: BUNDLED },
    'imports a name of millions of control characters': { refused: /p?1:8: /u, reason: BUNDLED },
    'nests functions too deeply for the compiler': { code: null, check: isNull, reason: DROPPED },
    'writes a regular expression of millions of characters that is none': {
      code: null,
      check: isNull,
      reason: DROPPED,
    },
  },
})
