import { defineConfig } from 'vitest/config'

// One project a kind of test, so that each can run alone: see CONTRIBUTING.md.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    projects: [
      { test: { name: 'unit', include: ['unit/**/*.test.ts', 'simulation/**/*.test.ts'] } },
      {
        test: {
          name: 'server',
          include: ['server/**/*.test.ts'],
          globalSetup: 'server/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Two cores: a second browser beside the first only makes both slow.
          fileParallelism: false,
        },
      },
    ],
    coverage: { include: ['../src/**'] },
  },
})
