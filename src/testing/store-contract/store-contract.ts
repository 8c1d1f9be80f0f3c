import type { SessionStore } from '../../server/store.ts'
import { documentChecks } from './document-checks.ts'
import { raceChecks } from './race-checks.ts'

/** One requirement of the server kit on its store. */
export interface StoreCheck {
  readonly name: string
  /** Rejects with an error that says what happened instead. */
  run(): Promise<void>
}

/** Creates the store that is tested. Called once for each check. All of them may be on the same data. */
export type CreateStore = () => SessionStore | Promise<SessionStore>

/**
 * What `createSessions` of `latchkey/server` requires of a store, as checks for any test runner:
 * `test.each(storeContract(createStore))('$name', ({ run }) => run())`. Run it against the real database: a fake has none
 * of its races. The checks write sessions of subjects with random names, and leave them there.
 */
export function storeContract(createStore: CreateStore): readonly StoreCheck[] {
  return [...documentChecks(createStore), ...raceChecks(createStore)]
}
