// The library of URL patterns takes URLs apart with the global class of that name, which a guest may have replaced: in its
// bundle it gets the guest program's own, and functions of ours where it is older than the standard.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const folder = join(import.meta.dirname, 'src', 'web')

/** The functions of the library that others stand in for, by the files that have these. */
const REPLACED: Readonly<Record<string, readonly string[]>> = {
  'lexer.ts': ['lexer'],
  'library-parts.ts': ['flags', 'hostnameEncodeCallback', 'portEncodeCallback', 'canonicalizePort'],
}

export function giveOwnUrl(): Plugin {
  return {
    name: 'own-url',
    setup(bundle) {
      bundle.onLoad({ filter: /urlpattern-polyfill[/\\]dist[/\\]urlpattern\.js$/ }, ({ path }) => {
        const own = `import { loadUrlGlobals } from ${JSON.stringify(join(folder, 'gateways.ts'))}\nconst { URL } = loadUrlGlobals()\n`
        return { contents: own + replaceParts(readFileSync(path, 'utf8')), loader: 'js' }
      })
    },
  }
}

/** The library says of each function what its name was before it was made short: there the other one is assigned. */
function replaceParts(text: string): string {
  let replaced = text
  const imports: string[] = []
  for (const [file, names] of Object.entries(REPLACED)) {
    for (const name of names) {
      const said = new RegExp(`\\ba\\((\\w+),"${name}"\\)`, 'u')
      if (!said.test(replaced)) throw new Error(`the library of URL patterns has no function ${name}`)
      imports.push(`import { ${name} as own_${name} } from ${JSON.stringify(join(folder, 'url-pattern', file))}`)
      replaced = replaced.replace(said, (_, short: string) => `${short}=own_${name}`)
    }
  }
  return `${imports.join('\n')}\n${replaced}`
}
