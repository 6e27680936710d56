// A broker for guest code's requests, asked as the pool asks it: for tests that look at what a request came to.
import { readEgressPolicy } from '../../src/cli/read-egress-policy.ts'
import type {
  EgressBroker,
  EgressExchange,
  EgressRequestHead,
  EgressResponseHead,
  HeaderPairs,
} from '../../src/core/egress.ts'
import type { NetworkPolicies } from '../../src/core/network-policies.ts'
import type { Reach } from '../../src/core/network-policy.ts'
import { DEFAULT_TENANT } from '../../src/core/task.ts'
import type { Task } from '../../src/core/task.ts'
import { createAddressCheck } from '../../src/egress/check-address.ts'
import { NetworkBroker } from '../../src/egress/egress-broker.ts'
import type { EgressRecord, NetworkBrokerOptions } from '../../src/egress/egress-broker.ts'
import type { EgressBounds } from '../../src/egress/egress-budget.ts'
import type { Resolve } from '../../src/egress/resolve-host.ts'
import type { ErrorCode, Failure } from '../../src/errors.ts'

export const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
/** The guard switched off. */
export const ANYWHERE = createAddressCheck(['0.0.0.0/0', '::/0'])

export const BOUNDS: EgressBounds = {
  requests: 50,
  atOnce: 16,
  sentBytes: 8 * 1_024 * 1_024,
  receivedBytes: 16 * 1_024 * 1_024,
  tenantAtOnce: 64,
  serviceAtOnce: 64,
}

/** A policy file of one layer, in an operator's words. Throws on what is none. */
export function policiesOf(file: unknown, env: Readonly<Record<string, string>> = {}): NetworkPolicies {
  const read = readEgressPolicy(JSON.stringify(file), env)
  if (!read.ok) throw new Error(read.message)
  return read.policies
}

export const EVERYTHING = policiesOf({ rules: [{ allow: 'public:*' }] })

export interface TestBroker {
  readonly broker: NetworkBroker
  readonly records: EgressRecord[]
}

export function createBroker(options: Partial<NetworkBrokerOptions> & { readonly resolve?: Resolve } = {}): TestBroker {
  const records: EgressRecord[] = []
  const { resolve = toLoopback } = options
  const broker = new NetworkBroker({
    policies: EVERYTHING,
    bounds: BOUNDS,
    onExchange: (record) => records.push(record),
    resolveFor: (_reach: Reach) => resolve,
    ...options,
  })
  return { broker, records }
}

let tasks = 0

export function liveTask(id = `task-${(tasks += 1)}`, tenant = DEFAULT_TENANT): Task {
  const source = { mode: 'live', language: 'javascript', code: '' } as const
  return {
    id,
    tenant,
    invocation: { kind: 'function', source, name: 'f', input: { format: 'json', text: '{"args":[],"kwargs":{}}' } },
    limits: { wallMs: 1, cpuMs: 1, memoryMb: 8, inputBytes: 1, outputBytes: 1, logBytes: 0 },
  }
}

export interface Ask extends Partial<Omit<EgressRequestHead, 'url' | 'hasBody'>> {
  readonly task?: Task
  readonly body?: readonly (string | Uint8Array)[]
  readonly deadlineMs?: number
}

export interface Got {
  readonly head: EgressResponseHead | null
  /** `OK`, or how it failed: in its head or on the way. */
  readonly code: ErrorCode | 'OK'
  readonly failure: Failure | null
  readonly bytes: Buffer
}

export function open(broker: EgressBroker, url: string, options: Ask = {}): EgressExchange {
  const { task = liveTask(), body, deadlineMs = 3_000, ...head } = options
  return broker.open(
    task,
    { method: 'GET', url, headers: [] as HeaderPairs, redirect: 'follow', hasBody: body !== undefined, ...head },
    deadlineMs,
  )
}

/** One request from its first to its last byte. */
export async function ask(broker: EgressBroker, url: string, options: Ask = {}): Promise<Got> {
  const exchange = open(broker, url, options)
  const sent = send(exchange, options.body ?? [])
  const result = await exchange.head
  if (!result.ok) return { head: null, code: result.failure.code, failure: result.failure, bytes: Buffer.alloc(0) }
  const got = await readAll(exchange)
  await sent
  return { head: result.head, ...got }
}

export async function send(exchange: EgressExchange, pieces: readonly (string | Uint8Array)[]): Promise<boolean> {
  for (const piece of pieces) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time is the contract
    if (!(await exchange.write(Buffer.from(piece)))) return false
  }
  exchange.end()
  return true
}

export async function readAll(exchange: EgressExchange): Promise<Omit<Got, 'head'>> {
  const pieces: Uint8Array[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time is the contract
    const piece = await exchange.read()
    if (!piece.ok) return { code: piece.failure.code, failure: piece.failure, bytes: Buffer.concat(pieces) }
    if (piece.bytes === null) return { code: 'OK', failure: null, bytes: Buffer.concat(pieces) }
    pieces.push(piece.bytes)
  }
}
