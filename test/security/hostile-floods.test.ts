// Guests that attack with what the host gives them.
import { describeHostile } from './hostile-suite.ts'
import { FLOODS } from './programs/floods.ts'

describeHostile({ title: 'code that attacks with what the host gives them', programs: FLOODS, oneIn: 2 })
