// The library of URL patterns takes URLs apart with the global class of that name, which a guest may have replaced: in its
// bundle it gets the guest program's own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const gateways = join(import.meta.dirname, 'src', 'web', 'gateways.ts')

export function giveOwnUrl(): Plugin {
  return {
    name: 'own-url',
    setup(bundle) {
      bundle.onLoad({ filter: /urlpattern-polyfill[/\\]dist[/\\]urlpattern\.js$/ }, ({ path }) => {
        const own = `import { loadUrlGlobals } from ${JSON.stringify(gateways)}\nconst { URL } = loadUrlGlobals()\n`
        return { contents: own + readFileSync(path, 'utf8'), loader: 'js' }
      })
    },
  }
}
