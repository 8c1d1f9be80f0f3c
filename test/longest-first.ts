import { BaseSequencer, type TestSpecification } from 'vitest/node'

const LONGEST = [
  'cluster',
  'check-server-rows',
  'signing-keys',
  'simulation',
  'storms',
  'demo-troubles',
  'demo-page',
  'idle',
  'interrupted-refresh',
  'session-dialog',
  'oidc-provider',
]

/** Begins with the files that take longest, so that none of them is left alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const longest = LONGEST.flatMap((name) =>
      others.filter(({ moduleId }) => moduleId.endsWith(`/${name}.test.ts`)),
    )
    return [...new Set([...longest, ...others])]
  }
}
