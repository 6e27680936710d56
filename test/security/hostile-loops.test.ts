// Guests that never end.
import { describeHostile } from './hostile-suite.ts'
import { LOOPS } from './programs/loops.ts'

describeHostile({ title: 'code that never ends', programs: LOOPS, oneIn: 2 })
