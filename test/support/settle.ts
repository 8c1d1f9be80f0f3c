import { laterTurn } from '../../src/testing/turn.ts'

/** Lets everything run that waits for nothing but its turn, in all virtual browsers and outside of them. */
export async function settle(): Promise<void> {
  // Several turns: one thing leads to another, and answers take a few to be read.
  for (let turn = 0; turn < 12; turn++) await laterTurn()
}
