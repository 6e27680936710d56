// Versions of endpoints: which is current, which can come back, and who is told that one is no longer current.
import { expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment.ts'
import { DeploymentRegistry } from '../../src/deploy/deployment-registry.ts'

function deployment(version: string, endpoint = 'default'): Deployment {
  return {
    endpoint,
    version,
    resources: [],
    registry: new Map(),
    modules: new Map(),
    servedResource: null,
    resourceUrls: new Map(),
  }
}

function filled(versions: readonly string[]): { registry: DeploymentRegistry; retired: string[] } {
  const retired: string[] = []
  const registry = new DeploymentRegistry({ onRetired: ({ version }) => retired.push(version) })
  for (const version of versions) registry.activate(deployment(version))
  return { registry, retired }
}

const previousOf = (registry: DeploymentRegistry): readonly string[] =>
  registry.list().flatMap(({ previous }) => previous.map(({ version }) => version))

test('nothing is current at first', () => {
  const { registry } = filled([])
  expect(registry.isEmpty).toBe(true)
  expect(registry.current('default')).toBeNull()
  expect(registry.restore('default', 'a')).toEqual({ ok: false, message: "Nothing is deployed at endpoint 'default'." })
  expect(registry.remove('default')).toBeNull()
})

test('a new version is current at once, and the one before it is retired and kept', () => {
  const { registry, retired } = filled(['a'])
  expect(registry.activate(deployment('b'))?.version).toBe('a')
  expect(registry.current('default')?.version).toBe('b')
  expect(retired).toEqual(['a'])
  expect(previousOf(registry)).toEqual(['a'])
})

test('the version that is current already retires nothing', () => {
  const { registry, retired } = filled(['a', 'a'])
  expect(retired).toEqual([])
  expect(previousOf(registry)).toEqual([])
})

test('the last five versions are kept, the newest first', () => {
  const { registry, retired } = filled(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  expect(previousOf(registry)).toEqual(['f', 'e', 'd', 'c', 'b'])
  expect(retired).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(registry.restore('default', 'a')).toMatchObject({
    ok: false,
    message: expect.stringContaining('g, f, e, d, c, b'),
  })
  expect(registry.current('default')?.version).toBe('g')
})

test('a kept version comes back and stands in the list once', () => {
  const { registry, retired } = filled(['a', 'b', 'c'])
  expect(registry.restore('default', 'a')).toMatchObject({ ok: true, deployment: { version: 'a' } })
  expect(registry.current('default')?.version).toBe('a')
  expect(previousOf(registry)).toEqual(['c', 'b'])
  expect(retired).toEqual(['a', 'b', 'c'])
})

test('endpoints do not touch each other, whatever they are called', () => {
  const { registry, retired } = filled(['a'])
  registry.activate(deployment('b', '__proto__'))
  expect(registry.current('constructor')).toBeNull()
  expect(registry.current('__proto__')?.version).toBe('b')
  expect(retired).toEqual([])
  expect(registry.remove('__proto__')?.version).toBe('b')
  expect(retired).toEqual(['b'])
  expect(registry.list().map(({ current }) => current.version)).toEqual(['a'])
})
