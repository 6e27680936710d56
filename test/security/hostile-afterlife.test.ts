// Guests that attack with what they do after their answer.
import { describeHostile } from './hostile-suite.ts'
import { AFTERLIFE } from './programs/afterlife.ts'

describeHostile({ title: 'code that attacks with what they do after their answer', programs: AFTERLIFE })
