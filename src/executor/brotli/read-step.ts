// What a guest asks of a brotli stream, read from its text.
import { BROTLI_STEP } from '../../../sandbox/src/bridge.ts'

export interface AskedStep {
  readonly id: string
  readonly stream: string
  readonly step: keyof typeof BROTLI_STEP
  readonly data: Buffer
}

const HEAD = /^(\d{1,15})\n(\d{1,15})\n([a-zA-Z]{1,16})\n/u

/** Null for a text that no guest program sends. */
export function readStep(text: string): AskedStep | null {
  const [head = '', id = '', stream = '', step = ''] = HEAD.exec(text) ?? []
  if (!isStep(step)) return null
  return { id, stream, step, data: Buffer.from(text.slice(head.length), 'base64') }
}

const isStep = (name: string): name is AskedStep['step'] => Object.hasOwn(BROTLI_STEP, name)
