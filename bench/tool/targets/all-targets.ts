// All targets by their names, in the order in which they are reported.
import { DENO_TARGETS } from './deno-targets.ts'
import { NODE_TARGETS } from './node-targets.ts'
import { SELF_TARGET } from './self-target.ts'
import type { Target } from './target.ts'
import { WORKERD_TARGETS } from './workerd-targets.ts'

export const TARGETS: readonly Target[] = [SELF_TARGET, ...WORKERD_TARGETS, ...DENO_TARGETS, ...NODE_TARGETS]
