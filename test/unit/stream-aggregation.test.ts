// Who gets the list of a stream's chunks beside the chunks: what the request says, and what the manifest says.
import { describe, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment.ts'
import { isStreamAggregated } from '../../src/core/stream-aggregation.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { deployedFunction } from '../support/deployed-parts.ts'

const functions = [deployedFunction('listed', 'r', { isStreamAggregated: true }), deployedFunction('plain', 'r')]

const deploymentOf = (order: typeof functions): Deployment => ({
  endpoint: 'default',
  version: '1',
  resources: [{ name: 'r', isLoadBalanced: false, functions: order }],
  registry: new Map(functions.map(({ name }) => [name, 'r'])),
  modules: new Map(),
  servedResource: null,
  resourceUrls: new Map(),
})
const DEPLOYMENT = deploymentOf(functions)

function asks(fields: object, deployment: Deployment | null = DEPLOYMENT): boolean {
  const parsed = parseFunctionRequest({ function_name: 'plain', ...fields })
  if (!parsed.ok) throw new Error(parsed.message)
  return isStreamAggregated(parsed.request, deployment)
}

describe('a FunctionRequest', () => {
  test.for([
    ['by its own key', { return_aggregate_stream: true }, true],
    ['by its own key as upstream reads booleans', { return_aggregate_stream: 'yes' }, true],
    ['by the manifest', { function_name: 'listed' }, true],
    ['by the manifest, which it cannot take back', { function_name: 'listed', return_aggregate_stream: false }, true],
    ['by nothing', {}, false],
    ['by the manifest for a name of its own code', { function_name: 'listed', function_code: 'x' }, false],
    ['by a name that is nowhere', { function_name: 'other' }, false],
  ] as const)('asks %s', ([, fields, expected]) => {
    expect(asks(fields)).toBe(expected)
  })

  test('asks for nothing where nothing is deployed', () => {
    expect([asks({ function_name: 'listed' }, null), asks({ return_aggregate_stream: 1 }, null)]).toEqual([false, true])
  })
})

test('the plain queue shape asks by the function that it calls', () => {
  const request = { shape: 'plain', input: '{}', method: null } as const
  const asked = [DEPLOYMENT, deploymentOf(functions.toReversed()), null].map((one) => isStreamAggregated(request, one))
  expect(asked).toEqual([true, false, false])
})
