// Makes dist/: the service as JavaScript, so that no process strips types at its start, and the runtime of the executors.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashSeedFlag } from '../sandbox/hash-seed.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

function run(...args: readonly string[]): void {
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
}

rmSync(dist, { recursive: true, force: true })
run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json')
run('--no-node-snapshot', hashSeedFlag(dist), join('sandbox', 'build.ts'), dist)
// What is emitted is ES modules, wherever the folder is copied to.
writeFileSync(join(dist, 'package.json'), '{"type":"module"}\n')
