// The settings of a module's functions from its `endpoints` literal: route, limits, concurrency, hosts.
import { HTTP_METHODS } from '../core/deployment.ts'
import type { HttpRoute } from '../core/deployment.ts'
import type { AskedLimits, Limits } from '../core/limits.ts'
import { LiteralReader } from './literal.ts'
import type { Entry } from './literal.ts'
import { checkPath } from './route-path.ts'
import type { ScannedFunction, ScannedModule } from './scan-module.ts'
import { unwrap } from './syntax.ts'
import type { ParsedModule, Report, SyntaxNode } from './syntax.ts'

export interface EndpointSettings {
  readonly route: HttpRoute | null
  readonly limits: AskedLimits | null
  readonly maxConcurrency: number | null
  readonly returnAggregateStream: boolean | null
  readonly egress: readonly string[] | null
  readonly node: SyntaxNode
}

const KEYS = ['method', 'path', 'maxConcurrency', 'returnAggregateStream', 'limits', 'egress']
const LIMITS: readonly (keyof Limits)[] = ['wallMs', 'cpuMs', 'memoryMb', 'inputBytes', 'outputBytes', 'logBytes']
/** What an isolate needs to start. */
const MEMORY_MB_MIN = 8
const HOST = /^(?:https?:\/\/)?(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/iu

/** By the name of the function. What is wrong is reported and left out. */
export function readEndpoints(
  module: ParsedModule,
  { functions, endpoints }: ScannedModule,
  report: Report,
): ReadonlyMap<string, EndpointSettings> {
  const reader = new LiteralReader(module, report)
  const entries = endpoints === null ? [] : (reader.readObject(endpoints, "'endpoints'") ?? [])
  return new Map(
    entries.flatMap(({ key, keyNode, value }): [string, EndpointSettings][] => {
      const target = functions.find(({ name }) => name === key)
      if (target === undefined) {
        reader.fail(keyNode, `'endpoints' has '${key}', which is no exported function or class of this module.`)
        return []
      }
      const settings = readSettings(reader, target, keyNode, value)
      return settings === null ? [] : [[key, settings]]
    }),
  )
}

function readSettings(
  reader: LiteralReader,
  target: ScannedFunction,
  node: SyntaxNode,
  value: SyntaxNode,
): EndpointSettings | null {
  const { name } = target
  const entries = readKnown(reader, value, `The endpoint '${name}'`, KEYS)
  if (entries === null) return null
  const find = (key: string): SyntaxNode | null => entries.find((entry) => entry.key === key)?.value ?? null
  const limits = find('limits')
  const maxConcurrency = find('maxConcurrency')
  const aggregate = find('returnAggregateStream')
  const egress = find('egress')
  return {
    route: readRoute(reader, target, node, { method: find('method'), path: find('path') }),
    limits: limits === null ? null : readLimits(reader, limits, name),
    maxConcurrency: maxConcurrency === null ? null : reader.readCount(maxConcurrency, `'maxConcurrency' of '${name}'`),
    returnAggregateStream:
      aggregate === null ? null : reader.readFlag(aggregate, `'returnAggregateStream' of '${name}'`),
    egress: egress === null ? null : readEgress(reader, egress, name),
    node,
  }
}

function readKnown(
  reader: LiteralReader,
  node: SyntaxNode,
  what: string,
  keys: readonly string[],
): readonly Entry[] | null {
  const entries = reader.readObject(node, what)
  for (const { key, keyNode } of entries ?? []) {
    if (!keys.includes(key))
      reader.fail(keyNode, `${what} has the unknown key '${key}'; it can have ${keys.join(', ')}.`)
  }
  return entries?.filter(({ key }) => keys.includes(key)) ?? null
}

function readRoute(
  reader: LiteralReader,
  target: ScannedFunction,
  node: SyntaxNode,
  nodes: { readonly method: SyntaxNode | null; readonly path: SyntaxNode | null },
): HttpRoute | null {
  const { name, kind, parameters } = target
  if (nodes.method === null && nodes.path === null) return null
  if (nodes.method === null || nodes.path === null) {
    return reader.fail(node, `The endpoint '${name}' has only one of 'method' and 'path'; a route needs both.`)
  }
  if (kind === 'class') return reader.fail(node, `'${name}' is a class; only functions can have a route.`)
  if (parameters === null) {
    return reader.fail(target.node, `'${name}' has a route, so that each of its parameters needs a name.`)
  }
  const methodText = reader.readString(nodes.method, `'method' of '${name}'`)
  const path = reader.readString(nodes.path, `'path' of '${name}'`)
  const method = HTTP_METHODS.find((one) => one === methodText)
  if (methodText !== null && method === undefined) {
    return reader.fail(nodes.method, `The method '${methodText}' is none of ${HTTP_METHODS.join(', ')}.`)
  }
  if (method === undefined || path === null) return null
  const names = parameters.map((parameter) => parameter.name)
  const problem = checkPath(path, names)
  return problem === null ? { method, path } : reader.fail(nodes.path, problem)
}

function readLimits(reader: LiteralReader, node: SyntaxNode, name: string): AskedLimits | null {
  const entries = readKnown(reader, node, `'limits' of '${name}'`, LIMITS)
  const memoryMb = entries?.find(({ key }) => key === 'memoryMb')?.value
  const { value: givenMb } = memoryMb === undefined ? { value: null } : unwrap(memoryMb)
  if (memoryMb !== undefined && typeof givenMb === 'number' && givenMb > 0 && givenMb < MEMORY_MB_MIN) {
    return reader.fail(memoryMb, `'memoryMb' of '${name}' must be at least ${MEMORY_MB_MIN}.`)
  }
  const pairs = (entries ?? []).map(
    ({ key, value }) => [key, reader.readCount(value, `'${key}' of '${name}'`)] as const,
  )
  return Object.fromEntries(pairs.filter(([, value]) => value !== null))
}

function readEgress(reader: LiteralReader, node: SyntaxNode, name: string): readonly string[] | null {
  const hosts = reader.readStrings(node, `'egress' of '${name}'`)
  const wrong = hosts?.find((host) => !HOST.test(host))
  if (wrong === undefined) return hosts
  return reader.fail(node, `'egress' of '${name}' has '${wrong}', which is no host such as 'api.example.com:443'.`)
}
