import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import { useRecipe, type OpenRecipe, type Recipe } from '../open-recipe.ts'
import type { Site } from '../server.ts'
import type { Received } from './live-page.ts'
import { createSwitchboard, type Switchboard } from './switchboard.ts'

const REFRESH = '/auth/refresh'
/** Longer than a session waits for the auth server by default. */
const LONG_MS = 60_000

/** A recipe that keeps a connection open. Its page calls `exposeLive`. */
export interface LiveRecipe extends Omit<Recipe, 'routes'> {
  /** Serves the protocol. Asks the switchboard about each connection. */
  readonly serve: (site: Site, switchboard: Switchboard) => void
  /** Tells further stories. `begin` opens the page, signs Alice in and connects her. */
  readonly more?: (begin: () => Promise<Connected>) => void
}

/** A page whose user has a connection. */
export interface Connected extends OpenRecipe {
  readonly switchboard: Switchboard
  /** Waits until these users have a connection each, and what the server sends arrives. */
  connected(...users: readonly string[]): Promise<void>
}

/** Tests what every connection has to do with a session. */
export function tellLiveStories(name: string, { serve, more, ...recipe }: LiveRecipe): void {
  let switchboard: Switchboard
  const open = useRecipe({
    ...recipe,
    routes(site) {
      switchboard = createSwitchboard(site.verifier)
      serve(site, switchboard)
    },
  })

  async function begin(): Promise<Connected> {
    const opened = await open()
    const page: Connected = {
      ...opened,
      switchboard,
      async connected(...users) {
        await until(
          () => `${users.join()} are connected, who are ${switchboard.users().join() || 'nobody'}`,
          () => isDeepStrictEqual(switchboard.users(), users),
        )
        const text = `message ${Math.random()}`
        switchboard.send(text)
        const wanted = users.map((user) => ({ text: `${user}: ${text}`, by: user }))
        await until('what the server has sent has arrived', async () => {
          const received = await receivedIn(opened.tab)
          return wanted.every((each) => received.some((one) => isDeepStrictEqual(one, each)))
        })
      },
    }
    await page.signIn('alice')
    await start(page.tab)
    await page.connected('alice')
    return page
  }

  const good = (...users: readonly string[]) => users.map((user) => ({ user, isGood: true }))

  describe(name, () => {
    test('is connected again with a new token when its own expires', async () => {
      const { server, expire, connected } = await begin()
      await expire()
      await switchboard.endExpired()
      await connected('alice')
      expect(server.refreshes()).toBe(1)
      expect(switchboard.attempts).toEqual(good('alice', 'alice'))
    })

    test('two connections whose token the server refuses make one refresh', async () => {
      const { server, tab, refuse, connected } = await begin()
      await start(tab)
      await connected('alice', 'alice')
      refuse()
      await switchboard.endExpired()
      await connected('alice', 'alice')
      expect(server.refreshes()).toBe(1)
    })

    test('is connected again after an outage of the auth server, longer than a session waits by default', async () => {
      const { server, tab, expire, connected } = await begin()
      const failures = () => server.requests.filter(({ status }) => status === 503).length
      server.answer(REFRESH, 503)
      await expire()
      await switchboard.endExpired()
      await until('the auth server has failed', () => failures() > 0)
      await tab.page.evaluate((ms) => window.connections.wait(ms), LONG_MS)
      const before = failures()
      await until('it has failed twice more', () => failures() > before + 1)
      server.answer(REFRESH, 200)
      await connected('alice')
      expect(switchboard.attempts).toEqual(good('alice', 'alice'))
    })

    test('is connected again after a failure of the network, with the token that it has', async () => {
      const { server, connected } = await begin()
      switchboard.drop()
      await connected('alice')
      expect(server.refreshes()).toBe(0)
    })

    test('is connected again after its own server was down', async () => {
      const { server, connected } = await begin()
      switchboard.isDown = true
      switchboard.drop()
      await until('two attempts have failed', () => switchboard.turnedAway > 1)
      switchboard.isDown = false
      await connected('alice')
      expect(server.refreshes()).toBe(0)
    })

    test('is closed by a logout, and opened only for the next user', async () => {
      const { tab, logOut, signIn, connected } = await begin()
      await logOut()
      await connected()
      await tab.page.evaluate(() => window.connections.soon())
      await signIn('bob')
      await connected('bob')
      expect(switchboard.attempts).toEqual(good('alice', 'bob'))
      expect(await mixedUpIn(tab)).toEqual([])
    })

    test('is not opened again between a logout and its event, which waits for the disk', async () => {
      const { tab, logOut, connected } = await begin()
      await tab.page.evaluate(() => window.connections.holdDisk())
      const loggedOut = logOut()
      await until('the page knows of the logout', () =>
        tab.page.evaluate(() => window.recipe.state().status === 'logged-out'),
      )
      await tab.page.evaluate(() => window.connections.soon())
      await tab.page.evaluate(() => window.connections.releaseDisk())
      await loggedOut
      await connected()
      expect(switchboard.attempts).toEqual(good('alice'))
    })

    test('a connection that waits for its token while another user signs in is not opened', async () => {
      const { server, tab, expire, signIn, connected } = await begin()
      const gate = server.hold(REFRESH)
      await expire()
      await switchboard.endExpired()
      await gate.reached(1)
      await signIn('bob')
      gate.open()
      await connected('bob')
      expect(switchboard.attempts).toEqual(good('alice', 'bob'))
      expect(await mixedUpIn(tab)).toEqual([])
    })

    test('is closed when the page stops it', async () => {
      const { tab, connected } = await begin()
      await tab.page.evaluate(() => window.connections.stop())
      await connected()
      await tab.page.evaluate(() => window.connections.soon())
      expect(switchboard.attempts).toEqual(good('alice'))
    })

    more?.(begin)
  })
}

async function start({ page }: Tab): Promise<void> {
  await page.evaluate(() => window.connections.start())
}

async function receivedIn({ page }: Tab): Promise<readonly Received[]> {
  return await page.evaluate(() => window.connections.received())
}

/** What came for one user while another one was signed in. */
async function mixedUpIn(tab: Tab): Promise<readonly Received[]> {
  return (await receivedIn(tab)).filter(({ text, by }) => !text.startsWith(`${by ?? 'nobody'}: `))
}
