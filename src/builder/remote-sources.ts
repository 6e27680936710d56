// Which functions of other modules are called where they run, in place of being bundled by whoever imports them.
import type { RemoteFunction, RemoteSource } from '../core/deployment.ts'
import type { BuiltModule } from './manifest.ts'

/**
 * Functions that say two things: that they are endpoints, by an entry in `endpoints`, and that whoever calls them waits for a
 * promise, by `async`. A function that streams, and one with a parameter that has no name, cannot be called by name.
 */
export function findRemoteSources(others: readonly BuiltModule[]): readonly RemoteSource[] {
  return others
    .map(({ parsed, functions, endpoints, defaultExport }): RemoteSource => {
      const remote = functions.flatMap(({ name, kind, isAsync, parameters, node }): RemoteFunction[] => {
        const isCalled = kind === 'function' && isAsync && node['generator'] !== true && endpoints.has(name)
        if (!isCalled || parameters === null) return []
        return [{ name, isDefault: defaultExport?.name === name, parameters: parameters.map((one) => one.name) }]
      })
      return { file: parsed.file, functions: remote, hasDefault: defaultExport !== null }
    })
    .filter(({ functions }) => functions.length > 0)
}
