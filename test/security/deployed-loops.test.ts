// Deployed modules that never end, or that go on after their answer.
import { describeDeployed } from './deployed-suite.ts'
import { AFTERLIFE } from './programs/afterlife.ts'
import { LOOPS } from './programs/loops.ts'

const NEVER_LOADED = 'Every module is evaluated once before its deployment goes live.'

describeDeployed({
  title: 'code that never ends',
  programs: LOOPS,
  isSlow: true,
  differences: {
    'loops at its top level': { refused: /LIMIT_CPU/u, reason: NEVER_LOADED },
    'loops at the top level of a module': { refused: /LIMIT_CPU/u, reason: NEVER_LOADED },
    'loops after a top-level await': { refused: /LIMIT_CPU/u, reason: NEVER_LOADED },
    'loops at the top level of a module after it has waited': { refused: /LIMIT_CPU/u, reason: NEVER_LOADED },
    'awaits at its top level what nothing settles': { refused: /LIMIT_WALL/u, reason: NEVER_LOADED },
  },
})
describeDeployed({ title: 'code that goes on after its answer', programs: AFTERLIFE })
