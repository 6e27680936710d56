// The warm artifact as a folder that a service can be started with.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeWarmArtifact } from './artifact.ts'

export class WarmFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'worker-isolate-bench-'))

  constructor() {
    writeWarmArtifact(this.path)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export function writeWarmArtifact(folder: string): void {
  // The bundler is another user when the service runs as root.
  chmodSync(folder, 0o755)
  for (const [path, text] of Object.entries(makeWarmArtifact())) writeFileSync(join(folder, path), text)
}
