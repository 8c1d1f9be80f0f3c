import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ENGINES } from './browser/engines/names.ts'
import { packagesOf } from './frameworks/packages-of.ts'
import { svelteCompilers } from './frameworks/svelte-compilers.ts'
import { LongestFirst } from './longest-first.ts'
import { slowness } from './support/patience.ts'

const react18 = join(import.meta.dirname, 'frameworks/react-18/node_modules')

const slow = slowness()

/**
 * One more attempt for tests with processes that others wrote: a browser that drops a command, a database that drops a
 * connection. `npm test` lists what needed it.
 */
const SECOND_ATTEMPT = { retry: 1 }

/** For hangs alone: no healthy test comes near these on a quiet machine, and on a slow one they are longer. */
const PATIENCE = {
  testTimeout: 120_000 * slow,
  hookTimeout: 120_000 * slow,
  expect: { poll: { timeout: 20_000 * slow, interval: 10 } },
}

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
          // Loading all of src anew for each file takes longer than most files.
          isolate: false,
          unstubGlobals: true,
          include: ['unit/**/*.test.ts', 'simulation/**/*.test.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          ...PATIENCE,
          name: 'frameworks',
          include: ['frameworks/*.test.{ts,tsx}'],
          provide: { angularMajor: 22 },
        },
        plugins: [svelteCompilers()],
        // Or there is no mounting in Svelte.
        resolve: { conditions: ['browser'] },
      },
      {
        test: {
          name: 'frameworks-react-18',
          include: ['frameworks/react*.test.tsx'],
          globalSetup: 'frameworks/install-react-18.ts',
          ...PATIENCE,
        },
        resolve: {
          alias: { react: join(react18, 'react'), 'react-dom': join(react18, 'react-dom') },
        },
      },
      ...[20, 21].map((angularMajor) => ({
        test: {
          name: `frameworks-angular-${angularMajor}`,
          include: ['frameworks/angular*.test.ts'],
          globalSetup: 'frameworks/install-angular.ts',
          provide: { angularMajor },
          ...PATIENCE,
        },
        plugins: [packagesOf(join(import.meta.dirname, `frameworks/angular-${angularMajor}`))],
      })),
      {
        test: {
          name: 'server',
          isolate: false,
          include: ['server/**/*.test.ts'],
          globalSetup: 'server/global-setup.ts',
          ...PATIENCE,
          ...SECOND_ATTEMPT,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...SECOND_ATTEMPT,
          name: 'recipes',
          isolate: false,
          include: ['recipes/**/*.test.ts'],
          globalSetup: 'recipes/install.ts',
          provide: { engine: 'chromium' },
        },
      },
      ...ENGINES.map((engine) => ({
        test: {
          ...PATIENCE,
          ...SECOND_ATTEMPT,
          name: `browser-${engine}`,
          include: ['browser/**/*.test.ts'],
          globalSetup: 'browser/global-setup.ts',
          provide: { engine },
          // TIMES: see browser/support/repeats.ts.
          testTimeout: PATIENCE.testTimeout * Number(process.env['TIMES'] ?? 1),
          // Files share a browser, a database and all modules: creating these anew takes longer than most tests.
          isolate: false,
        },
      })),
    ],
    coverage: { include: ['../src/**'] },
  },
})
