import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global_setup.ts'],
    setupFiles: ['tests/support/patience.ts'],
    expect: { poll: { timeout: 25_000 } },
    pool: 'forks',
    // Tests wait for servers more than they compute; vitest alone would leave a core unused on a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A test that leaves something running would keep the ports of the next run.
    teardownTimeout: 20_000,
  },
})
