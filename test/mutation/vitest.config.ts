import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The first tests read the code or look at the effects of an import, so they would fail for every mutant. The second take
// longer than all other tests together.
const EXCLUDED = [
  'architecture',
  'compat/*',
  'create-session',
  'documents',
  'errors-page',
  'links',
  'migration',
  'project/*',
  'protocol-names',
  'readme',
  'server/*',
  'types',
  'stories',
  'two-copies',
]
const SLOW = [
  'core/session/page-lifecycle',
  'fetch/challenge-grammar',
  'fetch/conformance',
  'fetch/hostile-urls',
  'fetch/upload',
  'fleet',
  'testing/*',
  'transports/{providers,read-token-response,refresh-answer,requests,transport-contract}',
]

/** Runs first the tests that have killed a mutant before: one failure is enough, and the same tests kill similar mutants. */
class KillersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => {
      const last = this.ctx.cache.getTestSpecificationResult(file)
      return last?.failed ? 0 : 1 + (last?.duration ?? 0)
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** The unit tests that run against each mutant. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    isolate: false,
    // A mutant that never settles fails by this limit. Stryker's own limit would cost a new process.
    testTimeout: 5_000,
    sequence: { sequencer: KillersFirst },
    include: ['unit/**/*.test.ts'],
    exclude: [...EXCLUDED, ...SLOW].map((name) => `unit/${name}.test.ts`),
  },
})
