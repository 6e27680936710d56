// Deployed modules that attack with what they return and with what they throw.
import { describeDeployed } from './deployed-suite.ts'
import type { Difference } from './deployed-suite.ts'
import { ERRORS_OF_GUESTS } from './programs/errors.ts'
import { RESULTS } from './programs/results.ts'

const reason = 'Every module is evaluated once before its deployment goes live.'

/** Programs that fail while their module is evaluated, whatever they say. */
const THROWN_AT_TOP_LEVEL = Object.fromEntries(
  ERRORS_OF_GUESTS.filter(({ title, code }) => title.startsWith('throws "') && code === 'GUEST_THREW')
    .filter(({ title }) => title.endsWith('at its top level'))
    .map(({ title }): readonly [string, Difference] => [
      title,
      { refused: /cannot be loaded: GUEST_THREW: /u, reason },
    ]),
)

describeDeployed({ title: 'code that attacks with what it returns', programs: RESULTS, isSlow: true })
describeDeployed({
  title: 'code that throws',
  isSlow: true,
  programs: ERRORS_OF_GUESTS,
  differences: {
    ...THROWN_AT_TOP_LEVEL,
    'throws such a proxy at its top level': { refused: /LIMIT_CPU/u, reason },
    'throws the longest message at its top level': { refused: /LIMIT_MEMORY/u, reason },
    'throws a SyntaxError at its top level': { refused: /GUEST_THREW: Unexpected token/u, reason },
    'throws a RangeError as the compiler does': { refused: /GUEST_THREW: Maximum call stack/u, reason },
    'rejects with a SyntaxError at its top level': { refused: /GUEST_THREW: late/u, reason },
  },
})
