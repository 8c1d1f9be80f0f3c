import type { Bug } from './bug.ts'
import { IDLE_BUGS } from './idle-bugs.ts'
import { SESSION_BUGS } from './session-bugs.ts'

/** Mistakes in the real source, each of which the simulation has to catch. */
export const BUGS: readonly Bug[] = [...SESSION_BUGS, ...IDLE_BUGS]
