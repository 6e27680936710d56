// Guests in built-in functions that nothing interrupts: only the end of their process ends them.
import { describeHostile } from './hostile-suite.ts'
import { NATIVES } from './programs/natives.ts'

describeHostile({ title: 'code that nothing interrupts', programs: NATIVES, oneIn: 3 })
