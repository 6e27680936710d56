// Loads isolated-vm by its native file: quicker than through its package, which reads folders and a file in /etc to choose one.
import { createRequire } from 'node:module'
import type IsolatedVm from 'isolated-vm'

const require = createRequire(import.meta.url)
const folder = `isolated-vm/prebuilds/${process.platform}-${process.arch}/isolated-vm.abi${process.versions.modules}`

/** Endings of the native file: of glibc and musl on Linux, of the systems that have one C library. */
const ENDINGS = process.platform === 'linux' ? ['.glibc.node', '.musl.node'] : ['.node']

function load(): typeof IsolatedVm {
  for (const ending of ENDINGS) {
    try {
      return (require(folder + ending) as { readonly ivm: typeof IsolatedVm }).ivm
    } catch {
      // Another C library, or a build of the user's own: the next one, and at last the package, which explains itself.
    }
  }
  return require('isolated-vm') as typeof IsolatedVm
}

/** The module isolated-vm; its types come from `import type … from 'isolated-vm'`. */
export const ivm: typeof IsolatedVm = load()
