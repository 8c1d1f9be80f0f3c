import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The first read the code, or look at what importing it does, and would fail for every mutant. The rest take longer
// than all others together, and would keep whoever survives those for seconds.
const EXCLUDED = ['architecture', 'create-session', 'readme', 'types', 'stories', 'two-copies']
const SLOW = [
  'core/lifecycle',
  'fetch/challenge-grammar',
  'fetch/conformance',
  'fetch/hostile-urls',
  'fetch/upload',
  'fleet',
  'testing/*',
  'transports/{providers,read-token-response,refresh-answer,requests,transport-contract}',
]

/** Those that have killed a mutant before come first: one failure is enough, and neighbours die of the same tests. */
class KillersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => {
      const last = this.ctx.cache.getTestSpecificationResult(file)
      return last?.failed ? 0 : 1 + (last?.duration ?? 0)
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** The unit tests that mutants meet. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    isolate: false,
    // A mutant that waits for ever fails by this, which costs less than a new process after Stryker's own limit.
    testTimeout: 3_000,
    sequence: { sequencer: KillersFirst },
    include: ['unit/**/*.test.ts'],
    exclude: [...EXCLUDED, ...SLOW].map((name) => `unit/${name}.test.ts`),
  },
})
