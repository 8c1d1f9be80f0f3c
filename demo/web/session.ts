import type { DemoSession } from './demo-session.ts'
import { faultyFetch, isRenewal } from './faulty-fetch.ts'
import { openLatchkeySession } from './latchkey-session.ts'
import { isNaive, mode, sessionName } from './mode.ts'
import { createNaiveSession } from './naive-session.ts'
import { tools } from './tools.ts'

/** The session of this page. */
export const session: DemoSession = isNaive ? openNaiveSession() : openLatchkeySession()

function openNaiveSession(): DemoSession {
  const naive = createNaiveSession({ mode, fetch: tools.watchFetch(faultyFetch, isRenewal) })
  tools.follow(sessionName, naive)
  return naive
}
