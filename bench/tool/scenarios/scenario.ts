// What is asked of a target: the scenarios, in the order in which they are reported.

/** How requests are written: ours has doors of its own for deployments, peers have theirs. */
export type Dialect = 'service' | 'peer'

export const SCENARIOS = {
  'live-cold': {
    title: 'Live cold',
    description: 'A program that nobody has seen before, in an isolate of its own, for each request.',
  },
  'live-runtime': {
    title: 'Live with runtime use',
    description: 'The same with URL, Headers, TextEncoder, structuredClone, crypto and console in the program.',
  },
  'flash-warm': { title: 'Flash warm', description: 'A route that is deployed and has been called before.' },
  'flash-cold': {
    title: 'Flash cold after deploy',
    description: 'The first call of 100 KB that were just deployed; the deployment itself is not timed.',
  },
  'class-instance': {
    title: 'Class instance',
    description: 'A method of an instance that remembers; each client has its own.',
  },
  'stream-first-chunk': {
    title: 'Stream, first chunk',
    description: 'A new program with a generator; until the first bytes of the body.',
  },
  typescript: { title: 'TypeScript', description: 'A new program with types, which the target takes off itself.' },
  'bundle-100kb': { title: '100 KB bundle', description: 'A new program of 100 KB of code, of which little is used.' },
  'bundle-1mb': { title: '1 MB bundle', description: 'A new program of 1 MB of code, of which little is used.' },
  'payload-1kb': { title: 'Payload 1 KB', description: 'A new program that gives its argument back.' },
  'payload-10kb': { title: 'Payload 10 KB', description: 'A new program that gives its argument back.' },
  'payload-100kb': { title: 'Payload 100 KB', description: 'A new program that gives its argument back.' },
  'payload-1mb': { title: 'Payload 1 MB', description: 'A new program that gives its argument back.' },
  'payload-10mb': { title: 'Payload 10 MB', description: 'A new program that gives its argument back.' },
  'cpu-bound': { title: 'CPU-bound', description: 'A new program that computes for some milliseconds.' },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly description: string }>>

export type ScenarioName = keyof typeof SCENARIOS

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[]

export interface ClientOptions {
  readonly dialect: Dialect
  /** The number of the client's first program. */
  readonly first: number
}
