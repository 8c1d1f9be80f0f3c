// The page of the stories: an application that is signed in at the server that its address names.
import {
  createSession,
  isSessionError,
  type SessionEnd,
  type SessionState,
} from '../../src/index.ts'
import { whom, type User } from './server.ts'
import { SERVERS } from './servers.ts'

/** The interface of the page for stories. */
export interface StoryPage {
  readonly ready: Promise<SessionState>
  readonly state: () => SessionState
  signIn(user: User): Promise<void>
  logOut(): Promise<void>
  takeLastEnd(): Promise<SessionEnd | null>
  /** Calls the server's API. Resolves to the user whom its answer names, or to the code of the error. */
  whoAmI(): Promise<unknown>
  /** Asks for a newer token. Resolves to `undefined`, or to the code of the error. */
  renew(): Promise<unknown>
  /** Moves this page's clock on, and wakes the page. */
  sleep(ms: number): void
}

declare global {
  interface Window {
    story: StoryPage
    /** How far the server's clock is ahead. The page that is served says it. */
    aheadMs: number
  }
}

const systemNow = Date.now
Date.now = () => systemNow() + window.aheadMs

const name = new URLSearchParams(location.search).get('server')
const server = SERVERS.find((server) => server.name === name)
if (!server) throw new Error(`There is no server ${name ?? ''}.`)
const session = createSession({ transport: server.transport })

window.story = {
  ready: session.ready,
  state: () => session.state,
  signIn: async (user) => session.login(await server.signIn(user)),
  async logOut() {
    await session.logout()
  },
  takeLastEnd: () => session.takeLastEnd(),
  async whoAmI() {
    try {
      return await whom(server, await session.authFetch(server.api))
    } catch (error) {
      return isSessionError(error) ? error.code : String(error)
    }
  },
  async renew() {
    try {
      await session.getAccessToken({ forceRefresh: true })
      return undefined
    } catch (error) {
      return isSessionError(error) ? error.code : String(error)
    }
  },
  sleep(ms) {
    window.aheadMs += ms
    if (server.renewsOnlyGood) dispatchEvent(new Event('focus'))
  },
}
