import type { Bug } from './bug.ts'
import { IDLE_BUGS } from './idle-bugs.ts'
import { OUTSIDE_BUGS } from './outside-bugs.ts'
import { PARKED_BUGS } from './parked-bugs.ts'
import { SESSION_BUGS } from './session-bugs.ts'
import { SHARED_BUGS } from './shared-bugs.ts'
import { WORKER_BUGS } from './worker-bugs.ts'

/** Mistakes in the real source, each of which the simulation has to catch. */
export const BUGS: readonly Bug[] = [
  ...SESSION_BUGS,
  ...OUTSIDE_BUGS,
  ...IDLE_BUGS,
  ...SHARED_BUGS,
  ...PARKED_BUGS,
  ...WORKER_BUGS,
]
