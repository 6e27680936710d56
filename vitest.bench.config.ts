// Benchmarks: not part of the tests, because each project of those would run every benchmark.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    execArgv: ['--no-node-snapshot', '--expose-gc'],
    experimental: { viteModuleRunner: false },
    include: [],
    benchmark: { include: ['bench/micro/**/*.bench.ts'] },
  },
})
