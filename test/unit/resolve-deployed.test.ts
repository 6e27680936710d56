// From a name to a deployed function: the registry, the plain queue shape, methods of classes, and the texts of upstream.
import { describe, expect, test } from 'vitest'
import type { DeployedFunction, DeployedResource, Deployment } from '../../src/core/deployment.ts'
import {
  chooseMethod,
  findDeployed,
  queueTarget,
  toDeployedInvocation,
  versionKey,
} from '../../src/core/resolve-deployed.ts'
import { resolvePlain } from '../../src/core/resolve-invocation.ts'
import { deployedFunction } from '../support/deployed-parts.ts'

const MODULE = { name: 'm', kind: 'script', code: '', hash: 'h', fileName: 'm.js' } as const

const fnOf = (name: string, more: Partial<DeployedFunction> = {}): DeployedFunction => deployedFunction(name, 'r', more)

function deploymentOf(resources: readonly DeployedResource[], more: Partial<Deployment> = {}): Deployment {
  const names = resources.flatMap(({ name, functions }) => functions.map((fn) => [fn.name, name] as const))
  return {
    endpoint: 'default',
    version: 'v1',
    resources,
    registry: new Map(names),
    modules: new Map([['m', MODULE]]),
    servedResource: null,
    resourceUrls: new Map(),
    ...more,
  }
}

const queue = (name: string, ...functions: readonly DeployedFunction[]): DeployedResource => ({
  name,
  isLoadBalanced: false,
  functions,
})
const web = (name: string, ...functions: readonly DeployedFunction[]): DeployedResource => ({
  name,
  isLoadBalanced: true,
  functions,
})

describe('a name', () => {
  test('is found through the registry', () => {
    const f = fnOf('f')
    expect(findDeployed(deploymentOf([queue('r', fnOf('g'), f)]), 'f')).toEqual({ ok: true, fn: f })
  })

  test.for([
    ['that nothing is deployed for', null],
    ['that the registry lacks', deploymentOf([queue('r', fnOf('g'))])],
  ] as const)('%s is told as upstream does', ([, deployment]) => {
    expect(findDeployed(deployment, 'f')).toEqual({
      ok: false,
      failure: { code: 'ENTRY_NOT_FOUND', message: "Function 'f' not found in flash_manifest.json" },
    })
  })

  test('that the registry has and the resource lacks is told as upstream does', () => {
    const registry = new Map([['f', 'r']])
    expect(findDeployed(deploymentOf([queue('r', fnOf('g'))], { registry }), 'f')).toMatchObject({
      failure: { message: "Function 'f' found in registry but not in resource 'r'" },
    })
  })

  test.for(['constructor', '__proto__', 'toString', ''])('such as %j finds nothing that is not deployed', (name) => {
    expect(findDeployed(deploymentOf([queue('r', fnOf('g'))]), name).ok).toBe(false)
  })
})

describe('what the plain queue shape calls', () => {
  const [f, g, h] = [fnOf('f'), fnOf('g'), fnOf('h')]

  test.for([
    ['the first function of the only queue resource', deploymentOf([web('w', h), queue('r', f, g)]), f],
    ['nothing when there are two', deploymentOf([queue('r', f), queue('s', g)]), null],
    ['nothing when there is none', deploymentOf([web('w', h)]), null],
    [
      'that of the resource that this worker is',
      deploymentOf([queue('r', f), queue('s', g)], { servedResource: 's' }),
      g,
    ],
    ['nothing of a resource without functions', deploymentOf([queue('r')]), null],
  ] as const)('is %s', ([, deployment, expected]) => {
    expect(queueTarget(deployment)).toBe(expected)
  })
})

describe('a method', () => {
  const two = fnOf('C', { kind: 'class', methods: ['a', 'b'] })

  test('is the only one, whatever is asked for', () => {
    expect(chooseMethod(fnOf('C', { methods: ['a'] }), 'z')).toEqual({ ok: true, name: 'a' })
  })

  test('is the one that is asked for', () => {
    expect(chooseMethod(two, 'b')).toEqual({ ok: true, name: 'b' })
  })

  test.for([
    [null, 'class C has multiple methods: a, b. include a "method" key in the input.'],
    ['z', "unknown method 'z' on C. available: a, b"],
    ['toString', "unknown method 'toString' on C. available: a, b"],
  ] as const)('asked for as %j is told as upstream does', ([asked, message]) => {
    expect(chooseMethod(two, asked)).toMatchObject({ ok: false, failure: { message } })
  })
})

describe('an invocation', () => {
  const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const

  test('has the module, the version that it belongs to, and what may overlap', () => {
    const deployment = deploymentOf([queue('r', fnOf('f', { maxConcurrency: 4 }))])
    const fn = fnOf('f', { maxConcurrency: 4 })
    expect(toDeployedInvocation({ deployment, fn, method: null, needsAll: true, input })).toEqual({
      kind: 'function',
      source: {
        mode: 'flash',
        deployment: 'default@v1',
        module: MODULE,
        maxConcurrency: 4,
        origin: { deployment, resource: 'r' },
      },
      name: 'f',
      needsAll: true,
      input,
    })
  })

  test('of a function whose manifest has optional parameters names them where every other one is needed', () => {
    const parameters = [
      { name: 'a', type: 'any', isRequired: true },
      { name: 'b', type: 'any', isRequired: false },
    ] as const
    const fn = fnOf('f', { parameters })
    const deployment = deploymentOf([queue('r', fn)])
    const call = { deployment, fn, method: null, input }
    expect(toDeployedInvocation({ ...call, needsAll: true })).toMatchObject({ needsAll: true, optional: ['b'] })
    expect(toDeployedInvocation({ ...call, needsAll: false })).not.toHaveProperty('optional')
  })

  test('of a module that there is not is a defect', () => {
    const fn = fnOf('f', { module: 'other' })
    const deployment = deploymentOf([queue('r', fn)])
    expect(() => toDeployedInvocation({ deployment, fn, method: null, needsAll: false, input })).toThrow(
      /no module other/u,
    )
  })

  test('of the plain shape keeps one instance of a class, and needs every argument', () => {
    const deployment = deploymentOf([
      queue('r', fnOf('C', { kind: 'class', methods: ['a', 'b'], limits: { wallMs: 5 } })),
    ])
    expect(resolvePlain({ shape: 'plain', input: input.text, method: 'b' }, deployment)).toMatchObject({
      ok: true,
      limits: { wallMs: 5 },
      invocation: { name: 'C', method: { name: 'b' }, needsAll: true },
    })
  })
})

test('versions of one endpoint, and endpoints of one version, have keys of their own', () => {
  const keys = [
    { endpoint: 'a', version: '1' },
    { endpoint: 'a', version: '2' },
    { endpoint: 'b', version: '1' },
  ].map((one) => versionKey(one))
  expect(new Set(keys).size).toBe(3)
})
