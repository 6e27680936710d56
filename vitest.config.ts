// Every test project of the repository; benches have a configuration of their own.
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Slow tests need gigabytes and whole processors: there, the files that measure what hostile code does to others have the machine
 * to themselves. Without them two at a time are less than the sentinel's own comparison with a server that does nothing takes out.
 */
const hasSlowTests = !process.argv.includes('--tagsFilter=!slow')
const isCi = process.env['CI'] !== undefined

/** What holds or does not, however busy the machine is. */
const CONTAINMENT = [
  'test/security/{confinement-*,escape-*,attack-executor,output-bounds,host-api,service-folder,remote-calls,web-globals,attack-requests,webhook-addresses}.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    // Most tests wait for processes: two at a time are quicker on two cores, too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Of tests that say that they may run beside each other.
    maxConcurrency: Math.max(2, availableParallelism() - 1),
    // Bounds in time are held against a shared machine: what is late once must not be late again.
    retry: isCi ? 2 : 0,
    execArgv: ['--no-node-snapshot'],
    experimental: { viteModuleRunner: false },
    tags: [{ name: 'slow', description: 'Needs many seconds or gigabytes; run by .ci/run and npm run check.' }],
    coverage: { provider: 'v8', include: ['src/**', 'sandbox/src/**'], exclude: ['**/main.ts'] },
    projects: [
      {
        extends: true,
        // To load what a file tests takes longer than to test it: files share a process, and leave nothing behind in it.
        test: { name: 'unit', include: ['test/{unit,architecture}/**/*.test.ts'], testTimeout: 30_000, isolate: false },
      },
      { extends: true, test: { name: 'sandbox', include: ['test/sandbox/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        test: { name: 'integration', include: ['test/{integration,conformance}/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: { name: 'containment', include: CONTAINMENT, testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'security',
          include: ['test/security/**/*.test.ts'],
          exclude: CONTAINMENT,
          testTimeout: 60_000,
          fileParallelism: !hasSlowTests,
          retry: isCi ? 2 : 1,
        },
      },
    ],
  },
})
