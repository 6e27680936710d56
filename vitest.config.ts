// Every test project of the repository; benches have a configuration of their own.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    // Bounds in time are held against a shared machine: what is late once must not be late again.
    retry: process.env['CI'] === undefined ? 0 : 2,
    execArgv: ['--no-node-snapshot'],
    experimental: { viteModuleRunner: false },
    tags: [{ name: 'slow', description: 'Needs many seconds or gigabytes; run by .ci/run and npm run check.' }],
    coverage: { provider: 'v8', include: ['src/**', 'sandbox/src/**'], exclude: ['**/main.ts'] },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/{unit,architecture}/**/*.test.ts'], testTimeout: 30_000 } },
      { extends: true, test: { name: 'sandbox', include: ['test/sandbox/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        test: { name: 'integration', include: ['test/{integration,conformance}/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: { name: 'security', include: ['test/security/**/*.test.ts'], testTimeout: 60_000, fileParallelism: false },
      },
    ],
  },
})
