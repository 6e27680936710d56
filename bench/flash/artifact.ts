// The artifacts that are deployed: manifest and modules, some as sources and some bundled as our builder leaves them.
import { hash } from 'node:crypto'

/** Files by their path in the artifact. */
export type Artifact = Readonly<Record<string, string>>

const MANIFEST = 'flash_manifest.json'
const number = (name: string): object => ({ name, type: 'number', required: true })

const SUM = {
  name: 'sum',
  module: 'routes',
  http_method: 'POST',
  http_path: '/sum',
  parameters: [number('x'), number('y')],
}

/** A function of the queue and a route, from sources that the service bundles. */
export function makeWarmArtifact(): Artifact {
  return {
    [MANIFEST]: JSON.stringify({
      version: '1.0',
      project_name: 'warm',
      resources: {
        q: { is_load_balanced: false, functions: [{ name: 'add', module: 'worker', is_class: false }] },
        api: { is_load_balanced: true, functions: [SUM] },
      },
      function_registry: { add: 'q', sum: 'api' },
      routes: { api: { 'POST /sum': 'sum' } },
    }),
    'worker.js': 'export function add(x, y) {\n  return x + y\n}\n',
    'routes.js': 'export function sum(x, y) {\n  return { sum: x + y }\n}\n',
  }
}

/** A route whose answer tells the version. */
export function makeVersionedArtifact(version: number): Artifact {
  const code = `var workerIsolateModule = { sum: function sum(x, y) { return { version: ${version}, sum: x + y } } }\n`
  return {
    [MANIFEST]: JSON.stringify({
      version: '1.0',
      project_name: 'versioned',
      resources: { api: { is_load_balanced: true, functions: [SUM] } },
      function_registry: { sum: 'api' },
      routes: { api: { 'POST /sum': 'sum' } },
      bundled: { routes: describeBundle(code) },
    }),
    'bundle.js': code,
  }
}

/** One function `handle` of the queue, in a bundled script. */
export function makeQueueArtifact(code: string): Artifact {
  return {
    [MANIFEST]: JSON.stringify({
      version: '1.0',
      project_name: 'queue',
      resources: { q: { is_load_balanced: false, functions: [{ name: 'handle', module: 'worker', is_class: false }] } },
      function_registry: { handle: 'q' },
      bundled: { worker: describeBundle(code) },
    }),
    'bundle.js': code,
  }
}

function describeBundle(code: string): object {
  return { file: 'bundle.js', kind: 'script', hash: hash('sha256', code), source: 'source.js' }
}
