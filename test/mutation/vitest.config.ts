import { defineConfig } from 'vitest/config'

// The first read the code, or look at what importing it does, and would fail for every mutant. The rest take seconds
// each: with them a run takes all day.
const EXCLUDED = ['architecture', 'create-session', 'readme', 'types', 'stories', 'two-copies']
const SLOW = ['core/lifecycle', 'core/schedules', 'simulation/*', 'testing/*', 'transports/*']

/** The unit tests that mutants meet. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    isolate: false,
    testTimeout: 30_000,
    include: ['unit/**/*.test.ts'],
    exclude: [...EXCLUDED, ...SLOW].map((name) => `unit/${name}.test.ts`),
  },
})
