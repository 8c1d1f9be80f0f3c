import { inject, type TestContext } from 'vitest'
import { LACKS, type Feature } from './features.ts'
import type { EngineName } from './names.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine in which this run's tests run. */
    readonly engine: EngineName
  }
}

export type { Feature } from './features.ts'

/** The engine of this run. */
export const engine: EngineName = inject('engine')

/** Skips the running test, with the reason, if this run's engine lacks one of the features. */
export function needs({ skip }: TestContext, ...features: readonly (Feature | undefined)[]): void {
  for (const feature of features) {
    const why = feature && LACKS[engine][feature]
    if (why) skip(`${feature}: ${why}`)
  }
}

/** Whether this run's engine can do it. For a part of a test that other engines leave out. */
export function can(feature: Feature): boolean {
  return LACKS[engine][feature] === undefined
}
