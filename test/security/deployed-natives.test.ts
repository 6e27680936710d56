// Deployed modules in built-in functions that nothing interrupts, or that end the process.
import { describeDeployed } from './deployed-suite.ts'
import { CRASHES_OF_V8 } from './programs/crashes.ts'
import { NATIVES } from './programs/natives.ts'

describeDeployed({ title: 'code that nothing interrupts', programs: NATIVES, isSlow: true })
describeDeployed({
  title: 'code that ends its process',
  programs: CRASHES_OF_V8,
  isSlow: true,
  differences: {
    'compiles code where the stack ends, at its top level': {
      refused: /EXECUTOR_LOST/u,
      reason: 'Every module is evaluated once before its deployment goes live.',
    },
  },
})
