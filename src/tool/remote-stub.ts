// What stands in a bundle for a source of another resource: its functions as calls, and everything else as it is.
import { REMOTE_GLOBAL } from '../core/deployment.ts'
import type { RemoteSource } from '../core/deployment.ts'

/** Arguments by name; the JSON of the call leaves out those that are undefined. */
const BY_NAME = `function byName(name, names, given) {
  if (given.length > names.length) {
    throw new TypeError(\`\${name} takes at most \${names.length} arguments, not \${given.length}\`)
  }
  return Object.fromEntries(given.map((value, index) => [names[index], value]))
}`

/** The source itself has any name there: nothing else can be imported. */
const REST = `export * from 'source'`
const DEFAULT = `export { default } from 'source'`

/** Own exports win over those that a star passes on; a default export is passed on by no star. */
export function remoteStub({ functions, hasDefault }: RemoteSource): string {
  const calls = functions.flatMap(({ name, parameters, isDefault }, index) => {
    const [shown, names] = [JSON.stringify(name), JSON.stringify(parameters)]
    return [
      `const call${index} = async (...given) => ${REMOTE_GLOBAL}(${shown}, byName(${shown}, ${names}, given))`,
      `export { call${index} as ${shown}${isDefault ? `, call${index} as default` : ''} }`,
    ]
  })
  const passesDefault = hasDefault && !functions.some(({ isDefault }) => isDefault)
  return [REST, ...(passesDefault ? [DEFAULT] : []), BY_NAME, ...calls, ''].join('\n')
}
