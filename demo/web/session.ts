import type { DemoSession } from './demo-session.ts'
import { openLatchkeySession } from './latchkey-session.ts'
import { isNaive, mode } from './mode.ts'
import { createNaiveSession } from './naive-session.ts'
import { watchedFetch } from './watched-fetch.ts'

/** The session of this page. */
export const session: DemoSession = isNaive
  ? createNaiveSession({ mode, fetch: watchedFetch })
  : openLatchkeySession()
