import { defineConfig } from 'vitest/config'

/** The unit tests that run the code; those that read it, or look at what importing it does, would fail for every mutant. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    isolate: false,
    testTimeout: 30_000,
    include: ['unit/**/*.test.ts'],
    exclude: ['architecture', 'create-session', 'readme', 'types'].map(
      (name) => `unit/${name}.test.ts`,
    ),
  },
})
