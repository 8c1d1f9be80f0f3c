import { defineConfig } from 'vitest/config'

/** The unit tests that run the code; those that read it would fail for every mutant. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['unit/**/*.test.ts'],
    exclude: ['unit/architecture.test.ts', 'unit/readme.test.ts', 'unit/types.test.ts'],
  },
})
