// The levels of confinement, strongest first, and what an operator may ask for.
import type { ExecutorArguments } from '../../ipc/executor-arguments.ts'

/**
 * `bubblewrap`: namespaces from outside, and all of `self` inside. `self`: no_new_privs, Landlock and seccomp by the
 * executor itself. `permission`: Node's permission model only, which does not hold against native code.
 */
export type ConfinementLevel = ExecutorArguments['confinement']

export type ConfinementChoice = 'auto' | ConfinementLevel

export const LEVELS = ['bubblewrap', 'self', 'permission'] as const satisfies readonly ConfinementLevel[]
