// When a worker serves a deployed artifact, after the environments of both Flash generations.
import { expect, test } from 'vitest'
import { detectDeployment } from '../../src/deploy/detect-deployment.ts'

const POD = { RUNPOD_POD_ID: 'p', HOME: '/home/u' }
const ENDPOINT = { RUNPOD_ENDPOINT_ID: 'e', HOME: '/home/u' }
const DEFAULT = {
  kind: 'artifact',
  path: '/home/u/.runpod/artifact.tar.gz',
  resource: null,
  isLoadBalanced: false,
  isUnpackDisabled: false,
}

test.each<[what: string, env: Record<string, string | undefined>]>([
  ['nothing set', {}],
  ['a pod', POD],
  ['an endpoint', ENDPOINT],
  ['Flash variables off the platform', { FLASH_IS_MOTHERSHIP: 'true', FLASH_RESOURCE_NAME: 'r' }],
  ['empty variables', { RUNPOD_POD_ID: '', FLASH_IS_MOTHERSHIP: 'true' }],
  ['an empty resource name', { ...POD, FLASH_RESOURCE_NAME: '' }],
  ['no mothership', { ...POD, FLASH_IS_MOTHERSHIP: 'false' }],
  ['the id of a mothership alone', { ...POD, FLASH_MOTHERSHIP_ID: 'm' }],
  ['an unknown endpoint type', { ...ENDPOINT, FLASH_ENDPOINT_TYPE: 'x' }],
  ['an artifact path alone', { ...ENDPOINT, FLASH_BUILD_ARTIFACT_PATH: '/a.tar' }],
])('%s means live mode only', (_what, env) => {
  expect(detectDeployment(env, {})).toEqual({ kind: 'none' })
})

test.each<[what: string, env: Record<string, string>, expected: object]>([
  ['a mothership on a pod', { ...POD, FLASH_IS_MOTHERSHIP: 'true' }, {}],
  ['a mothership on an endpoint', { ...ENDPOINT, FLASH_IS_MOTHERSHIP: 'true' }, {}],
  ['a child', { ...POD, FLASH_MOTHERSHIP_ID: 'm', FLASH_RESOURCE_NAME: 'r' }, { resource: 'r' }],
  ['a resource', { ...ENDPOINT, FLASH_RESOURCE_NAME: 'r' }, { resource: 'r' }],
  ['a queue endpoint', { ...ENDPOINT, FLASH_ENDPOINT_TYPE: 'qb' }, {}],
  ['a load-balanced endpoint', { ...ENDPOINT, FLASH_ENDPOINT_TYPE: 'lb' }, { isLoadBalanced: true }],
  [
    'a path of its own',
    { ...ENDPOINT, FLASH_RESOURCE_NAME: 'r', FLASH_BUILD_ARTIFACT_PATH: '/a.tar' },
    { resource: 'r', path: '/a.tar' },
  ],
  [
    'no switch to leave the archive packed',
    { ...ENDPOINT, FLASH_RESOURCE_NAME: 'r', FLASH_DISABLE_UNPACK: '0' },
    { resource: 'r' },
  ],
])('%s is a deployment', (_what, env, expected) => {
  expect(detectDeployment(env, {})).toEqual({ ...DEFAULT, ...expected })
})

test.each(['1', 'true', 'YES', 'True'])('FLASH_DISABLE_UNPACK=%s serves the app folder as it is', (value) => {
  const env = {
    ...ENDPOINT,
    FLASH_RESOURCE_NAME: 'r',
    FLASH_BUILD_ARTIFACT_PATH: '/a.tar',
    FLASH_DISABLE_UNPACK: value,
  }
  expect(detectDeployment(env, {})).toEqual({ ...DEFAULT, path: '/app', resource: 'r', isUnpackDisabled: true })
})

test('the flag wins over everything, on the platform and off it', () => {
  const env = { ...ENDPOINT, FLASH_RESOURCE_NAME: 'r', FLASH_DISABLE_UNPACK: '1' }
  expect(detectDeployment({}, { deployment: './out' })).toEqual({ ...DEFAULT, path: './out' })
  expect(detectDeployment(env, { deployment: './out' })).toEqual({ ...DEFAULT, path: './out', resource: 'r' })
})
