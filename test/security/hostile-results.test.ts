// Guests that attack with what they return.
import { describeHostile } from './hostile-suite.ts'
import { RESULTS } from './programs/results.ts'

describeHostile({ title: 'code that attacks with what they return', programs: RESULTS, oneIn: 3 })
