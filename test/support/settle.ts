import { laterTurn } from '../../src/testing/turn.ts'

/** Runs everything that waits only for its turn, in all virtual browsers and outside of them. */
export async function settle(): Promise<void> {
  // Several turns, because one step leads to another, and an answer takes a few to be read.
  for (let turn = 0; turn < 12; turn++) await laterTurn()
}
