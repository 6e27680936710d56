// The settings of bundles that are made of submitted source, and of what it may bring along.
import { choice, integer } from './setting.ts'

const KIB = 1024
const MIB = 1024 * KIB

export const SOURCE_SETTINGS = {
  modulesBytes: integer({
    description: 'The files that come with one request as `modules`, all together.',
    default: 8 * MIB,
    min: KIB,
    max: 64 * MIB,
    unit: 'bytes',
  }),
  bundleInputBytes: integer({
    description: 'Source, modules and files of packages that go into the bundle of one request.',
    default: 16 * MIB,
    min: KIB,
    max: 256 * MIB,
    unit: 'bytes',
  }),
  bundleOutputBytes: integer({
    description: 'The bundle of one request with its source map.',
    default: 8 * MIB,
    min: 64 * KIB,
    max: 64 * MIB,
    unit: 'bytes',
  }),
  bundleDeadlineMs: integer({
    description: 'How long bundling the source of one request may take.',
    default: 10_000,
    min: 100,
    max: 120_000,
    unit: 'ms',
  }),
  bundleCacheBytes: integer({
    description: 'Bundles that are kept for the next request with the same source.',
    default: 64 * MIB,
    min: 0,
    max: 4_096 * MIB,
    unit: 'bytes',
  }),
  systemDependencies: choice({
    description:
      'What happens to a request with `system_dependencies`, which no isolate can have: `refuse` it, or `ignore` them and say so in `stdout`.',
    choices: ['refuse', 'ignore'],
    default: 'refuse',
  }),
}

export const TYPESCRIPT = {
  tsInputBytes: integer({
    description: 'TypeScript source of one request.',
    default: MIB,
    min: KIB,
    max: 16 * MIB,
    unit: 'bytes',
  }),
  tsDeadlineMs: integer({
    description: 'How long the types of one source may take to strip.',
    default: 5_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
  }),
}
