// Guests that want more memory than they may have.
import { describeHostile } from './hostile-suite.ts'
import { MEMORY, UNCOUNTED_MEMORY } from './programs/memory.ts'

describeHostile({ title: 'code that wants memory', programs: MEMORY, oneIn: 2 })
describeHostile({
  title: 'code that wants memory where WebAssembly is switched on',
  programs: UNCOUNTED_MEMORY,
  env: { GUEST_WASM: 'true' },
})
