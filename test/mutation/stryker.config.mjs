// npm run test:mutation [-- --mutate src/core/refresh/refresher.ts]: which changes of the core and the request path no test notices.
import { createRequire } from 'node:module'

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: [createRequire(import.meta.url).resolve('@stryker-mutator/vitest-runner')],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: ['src/core/**/*.ts', 'src/fetch/**/*.ts'],
  ignorePatterns: ['dist', 'demo/web', 'test/browser', 'test/bench'],
  tempDirName: 'test/mutation/.sandbox',
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'node_modules/.cache/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
  concurrency: 2,
  timeoutMS: 1_000,
  // The tests keep a module between two changes, so a constant that it computes as it is loaded would not change.
  ignoreStatic: true,
}
