import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { svelteCompilers } from './frameworks/svelte-compilers.ts'
import { LongestFirst } from './longest-first.ts'

const react18 = join(import.meta.dirname, 'frameworks/react-18/node_modules')

// One project a kind of test, so that each can run alone: see CONTRIBUTING.md.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    // Vitest would leave one core idle, which of two is half.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['unit/**/*.test.ts', 'simulation/**/*.test.ts'],
          // Nothing here waits, but some of it works for seconds, and for longer on a machine that has other things to do.
          testTimeout: 30_000,
        },
      },
      {
        test: { name: 'frameworks', include: ['frameworks/*.test.{ts,tsx}'] },
        plugins: [svelteCompilers()],
        // Or there is no mounting in Svelte.
        resolve: { conditions: ['browser'] },
      },
      {
        test: {
          name: 'frameworks-react-18',
          include: ['frameworks/react*.test.tsx'],
          globalSetup: 'frameworks/install-react-18.ts',
        },
        resolve: {
          alias: { react: join(react18, 'react'), 'react-dom': join(react18, 'react-dom') },
        },
      },
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
          globalSetup: 'browser/global-setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { include: ['../src/**'] },
  },
})
