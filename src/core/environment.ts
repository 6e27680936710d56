// The variables that guest code finds in `process.env`: what the operator sets for all code, and what a deployment sets for one
// of its resources. Nothing of the service's own environment is among them.

/** Of names and values together. */
export const MAX_ENVIRONMENT_CHARACTERS = 65_536

export type Variables = Readonly<Record<string, string>>

const NAME = /^[^\0=]{1,256}$/u

/** A sentence that goes on after the name of what they are in, or null. */
export function findBadVariable(variables: Variables): string | null {
  const entries = Object.entries(variables)
  const badName = entries.find(([name, value]) => !NAME.test(name) || value.includes('\0'))
  if (badName !== undefined)
    return `has the variable ${JSON.stringify(badName[0].slice(0, 64))}, which no environment can have`
  const characters = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (characters <= MAX_ENVIRONMENT_CHARACTERS) return null
  return `has ${characters} characters; the limit is ${MAX_ENVIRONMENT_CHARACTERS}`
}

/** As the guest program takes them: a JSON object, and nothing for none. */
export function writeEnvironment(variables: Variables): string {
  return Object.keys(variables).length === 0 ? '' : JSON.stringify(variables)
}

/** @param own counts more than what is common. */
export function joinEnvironments(common: string, own: string): string {
  if (common === '' || own === '') return common + own
  return JSON.stringify({ ...(JSON.parse(common) as Variables), ...(JSON.parse(own) as Variables) })
}
