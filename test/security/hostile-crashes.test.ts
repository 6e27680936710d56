// Guests that end the process that runs them.
import { describeHostile } from './hostile-suite.ts'
import { CRASHES_OF_V8 } from './programs/crashes.ts'

describeHostile({ title: 'code that ends its process', programs: CRASHES_OF_V8 })
