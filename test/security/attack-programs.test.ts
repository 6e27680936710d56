// Guests that look for what the other tables leave out.
import { describeHostile } from './hostile-suite.ts'
import { ATTACKS } from './programs/attacks.ts'

describeHostile({ title: 'code that looks for what is left', programs: ATTACKS, oneIn: 2 })
