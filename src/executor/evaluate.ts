// Evaluates the top level of a compiled source, and knows when a module with top-level await has finished.
import type ivm from 'isolated-vm'
import { GATE_GLOBAL, KIND } from '../../sandbox/src/bridge.ts'
import type { Slot } from './slot.ts'
import { bare } from './slot.ts'

/** Hands the way to announce the end over to the wrapper, and takes it off the global object again. */
const GATE_SOURCE = `export const open=globalThis.${GATE_GLOBAL};delete globalThis.${GATE_GLOBAL}`

/** Its body runs when the submitted module is evaluated, however long a top-level await takes. */
const WRAPPER_SOURCE = `import{open}from'gate';import*as submitted from'submitted';open(submitted)`

/**
 * Compiles and runs a source as a script, under its own name and exactly as it was sent. Rejects with a SyntaxError when it
 * does not compile, else with what its top level threw, as isolated-vm shows it.
 */
export async function evaluateScript(code: string, fileName: string, slot: Slot, timeoutMs: number): Promise<void> {
  // A reference instead of a value: the completion value of the script stays where it is, whatever it is.
  await slot.context.eval(code, bare({ filename: fileName, timeout: timeoutMs, reference: true as const }))
}

/**
 * Starts a module. Settles when its first synchronous part is over, which says nothing of its end: that is the
 * `OP.moduleReady` that the wrapper sends. Rejects with what the synchronous part threw.
 */
export async function evaluateModule(module: ivm.Module, slot: Slot, timeoutMs: () => number): Promise<void> {
  const { isolate, context } = slot
  const [gate, wrapper] = await Promise.all([
    isolate.compileModule(GATE_SOURCE, { filename: 'worker-isolate:gate' }),
    isolate.compileModule(WRAPPER_SOURCE, { filename: 'worker-isolate:wrapper' }),
    slot.enter(KIND.openGate, 0, '', timeoutMs()),
  ])
  await wrapper.instantiate(context, (specifier) => (specifier === 'gate' ? gate : module))
  await wrapper.evaluate(bare({ timeout: timeoutMs() }))
}
