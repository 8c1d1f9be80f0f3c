import { pageMoves } from './moves/pages.ts'
import { recordMoves } from './moves/records.ts'
import { sessionMoves } from './moves/session.ts'
import { streamMoves } from './moves/stream.ts'
import { troubleMoves } from './moves/trouble.ts'
import type { Trouble, World } from './world.ts'

/** Something that can happen in a story. */
export interface Move {
  /** How often it happens, compared to others. */
  readonly weight: number
  /** It happens on the best of days. */
  readonly isCalm?: boolean
  /** What it goes under, where that is always so. */
  readonly trouble?: Trouble
  /** Does it, if it can be done, and says what was done. */
  run(world: World, pick: number, much: number): string | undefined | Promise<string | undefined>
}

/** Everything that can happen, the harmless first: a story is shrunk towards them. */
export const MOVES = {
  ...sessionMoves,
  ...pageMoves,
  ...streamMoves,
  ...troubleMoves,
  ...recordMoves,
}

export type MoveName = keyof typeof MOVES
