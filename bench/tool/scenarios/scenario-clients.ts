// The programs of one client, by scenario.
import type { NextStep, Step } from '../load/exchange.ts'
import { coldStep, warmStep } from './flash-steps.ts'
import { createIdleInstanceSteps, createInstanceSteps, streamStep } from './kept-steps.ts'
import {
  bundledProgram,
  computingProgram,
  liveStep,
  plainProgram,
  runtimeProgram,
  typedProgram,
} from './live-programs.ts'
import { createPayloadSteps } from './payload-steps.ts'
import type { ClientOptions, ScenarioName } from './scenario.ts'

const KB = 1_000

export function createScenarioClient(name: ScenarioName | 'idle-instances', options: ClientOptions): NextStep {
  const { dialect, first } = options
  switch (name) {
    case 'live-cold':
      return numbered(first, (index) => liveStep(plainProgram(index)))
    case 'live-runtime':
      return numbered(first, (index) => liveStep(runtimeProgram(index)))
    case 'flash-warm':
      return numbered(first, warmStep)
    case 'flash-cold':
      return numbered(first, (index) => coldStep(dialect, index))
    case 'class-instance':
      return createInstanceSteps(first)
    case 'idle-instances':
      return createIdleInstanceSteps(first)
    case 'stream-first-chunk':
      return numbered(first, streamStep)
    case 'typescript':
      return numbered(first, (index) => liveStep(typedProgram(index)))
    case 'bundle-100kb':
      return numbered(first, (index) => liveStep(bundledProgram(index, 100 * KB)))
    case 'bundle-1mb':
      return numbered(first, (index) => liveStep(bundledProgram(index, 1_000 * KB)))
    case 'payload-1kb':
      return numbered(first, createPayloadSteps(KB))
    case 'payload-10kb':
      return numbered(first, createPayloadSteps(10 * KB))
    case 'payload-100kb':
      return numbered(first, createPayloadSteps(100 * KB))
    case 'payload-1mb':
      return numbered(first, createPayloadSteps(1_000 * KB))
    case 'payload-10mb':
      return numbered(first, createPayloadSteps(10_000 * KB))
    case 'cpu-bound':
      return numbered(first, (index) => liveStep(computingProgram(index)))
    default:
      return name satisfies never
  }
}

function numbered(first: number, step: (index: number) => Step): NextStep {
  let index = first
  return () => step(index++)
}
