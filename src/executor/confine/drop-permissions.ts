// Gives back what Node's permission model granted for loading: files, addons and foreign functions.

const SCOPES = ['fs', 'addon', 'ffi'] as const

interface Permission {
  has(scope: string): boolean
  drop?(scope: string): void
}

/** Returns what the process may no longer do; empty without `--permission`. Throws when a right stays. */
export function dropPermissions(): readonly string[] {
  const permission = process.permission as Permission | undefined
  if (permission === undefined) return []
  for (const scope of SCOPES) permission.drop?.(scope)
  const left = ['fs.read', 'fs.write', ...SCOPES, 'child', 'worker', 'net'].filter((scope) => permission.has(scope))
  if (left.length > 0) throw new Error(`The permission model still grants ${left.join(', ')}.`)
  return SCOPES
}
