// Guests that attack with their source.
import { describeHostile } from './hostile-suite.ts'
import { SOURCES } from './programs/sources.ts'

describeHostile({ title: 'code that attacks with their source', programs: SOURCES, oneIn: 2 })
