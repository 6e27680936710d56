// Guests that use errors: what is thrown, what is rejected, and texts that look like the service's own.
import { describeHostile } from './hostile-suite.ts'
import { ERRORS_OF_GUESTS } from './programs/errors.ts'

describeHostile({ title: 'code that throws', programs: ERRORS_OF_GUESTS, oneIn: 3 })
