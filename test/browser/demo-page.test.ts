import { expect, test } from 'vitest'
import { createSessionStore } from '../../demo/database/session-store.ts'
import { useBrowser } from './engines/browser.ts'
import type { Page } from './engines/tab.ts'
import { isCovered } from './support/cover.ts'
import { IDLE_MS, longLimits, movableClock, wait, WARN_MS } from './support/demo-clock.ts'
import {
  applyLook,
  axeViolations,
  isShown,
  LOOKS,
  PASSWORD,
  press,
  signIn,
  useDemo,
} from './support/demo-page.ts'
import { withPrelude } from './support/preludes.ts'
import { pressInTools, toolsAttribute, toolsText } from './support/devtools.ts'
import { newUser, tabOpener, settled, STORM, storm } from './support/demo-tabs.ts'
import { until } from '../support/patience.ts'

const newContext = useBrowser()
const startDemo = useDemo()
const openTabs = tabOpener(startDemo, newContext)

test('a first visit sends no refresh, and no request that the server refuses', async () => {
  const refused: string[] = []
  const { url, log } = await startDemo({
    before: [
      async (c, next) => {
        await next()
        if (c.res.status >= 400) refused.push(c.req.path)
      },
    ],
  })
  const { page } = await (await newContext()).open(url)
  await until('the page shows the sign-in form', () => isShown(page, '#sign-in'))
  expect(refused).toEqual([])
  expect(log.filter(({ event }) => event === 'refresh')).toEqual([])
})

test.each(['latchkey', 'naive'] as const)(
  'axe finds no violation on the page with %s, in light and dark colours, in wide and narrow windows',
  async (protection) => {
    const { tabs } = await openTabs({ mode: 'cookie', with: protection })
    const [{ page }] = tabs
    await page.bringToFront()
    await pressInTools(page, '#words summary')
    await pressInTools(page, '#known summary')
    for (const look of LOOKS) {
      await applyLook(page, look)
      expect(await axeViolations(page), `signed in, ${look.name}`).toEqual([])
    }
    await press(page, '#storm')
    await settled(page, STORM)
    await press(page, '#log-out-everywhere')
    await until('the user is signed out', () => isShown(page, '#sign-in'))
    for (const look of LOOKS) {
      await applyLook(page, look)
      expect(await axeViolations(page), `signed out, ${look.name}`).toEqual([])
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
        look.name,
      ).toBe(true)
    }
  },
)

test('the keyboard reaches and presses the buttons, and moves the timeline', async () => {
  const { tabs } = await openTabs({ mode: 'cookie', with: 'latchkey' })
  const [{ page: keyboard }] = tabs
  await keyboard.bringToFront()
  // Tab on the last element would move the focus out of the page, so start at the first.
  await keyboard.focus('a')
  const buttons = await keyboard.evaluate(() => {
    const roots = [document, document.querySelector('session-devtools')?.shadowRoot ?? document]
    return roots
      .flatMap((root) => [...root.querySelectorAll<HTMLElement>('button, #frame, summary')])
      .filter((each) => each.checkVisibility())
      .map((each) => each.id || (each.parentElement?.id ?? ''))
  })
  const reached = new Set<string>()
  for (let stop = 0; stop < 90 && buttons.some((id) => !reached.has(id)); stop++) {
    await keyboard.keyboard.press('Tab')
    reached.add(
      await keyboard.evaluate(() => {
        const outer = document.activeElement
        const active = outer?.shadowRoot?.activeElement ?? outer
        return active?.id || (active?.parentElement?.id ?? '')
      }),
    )
  }
  expect(buttons).toEqual(expect.arrayContaining(['storm', 'frame', 'save', 'words']))
  expect([...reached]).toEqual(expect.arrayContaining(buttons))

  const isLive = () => toolsAttribute(keyboard, '#live', 'aria-pressed')
  await keyboard.$eval('session-devtools', ({ shadowRoot }) =>
    shadowRoot?.querySelector<HTMLElement>('#frame')?.focus(),
  )
  // There has to be something earlier than what is shown: of a young session, all is.
  await keyboard.keyboard.type('++++++++')
  await keyboard.keyboard.press('ArrowLeft')
  await until('the timeline stands still', async () => (await isLive()) === 'false')
  await keyboard.keyboard.press('End')
  await until('the timeline follows the time', async () => (await isLive()) === 'true')

  await keyboard.focus('#storm')
  await keyboard.keyboard.press('Enter')
  await settled(keyboard, STORM)
  expect(await keyboard.evaluate(() => document.activeElement?.id)).toBe('storm')
})

test('the timeline lists the requests of all tabs in words, and shows no token', async () => {
  const { tabs } = await openTabs({ mode: 'body', with: 'latchkey' })
  const [{ page: first }] = tabs
  await storm(tabs)
  await first.bringToFront()
  await pressInTools(first, '#words summary')
  await until('the list has the renewal', async () =>
    (await toolsText(first, '#list')).includes('asks the server for a new token: 200'),
  )
  const words = await toolsText(first, '#list')
  for (const tab of ['Tab 1 (this one)', 'Tab 2', 'Tab 3'])
    expect(words).toContain(`${tab}: GET /api/me, sent again: 200`)
  expect(words).not.toMatch(/eyJ/)
  expect(await toolsAttribute(first, '#timeline', 'aria-label')).toContain('Timeline of 3 tabs')
  expect(await toolsText(first, '#story')).toMatch(/The token was renewed (once|\d times)/)
})

test('a device that another device logs out leaves the list and shows why its session ended', async () => {
  const { url } = await startDemo()
  const username = newUser()
  const [here, there] = [await newContext(), await newContext()]
  const one = await signIn(here, url, username, '#register')
  const other = await signIn(there, url, username, '#sign-in button')
  await one.page.bringToFront()
  await press(one.page, '#device-reload')
  await until('both devices are listed', () => deviceCount(one.page, 2))
  await press(one.page, '#device-list button')
  await until('one device is listed', () => deviceCount(one.page, 1))
  await press(other.page, '#renew')
  await until('the other device is signed out', () => isShown(other.page, '#sign-in'))
  expect(await other.page.$eval('#end-notice', ({ textContent }) => textContent)).toContain(
    'it was ended elsewhere',
  )
  expect(await isShown(one.page, '#log-out')).toBe(true)
})

test('the plain page and the React page warn before the idle limit; staying on one closes both warnings; without input the session ends on both, and both are covered until a sign-in on one', async () => {
  const { url, log } = await startDemo()
  const browser = await newContext()
  const username = newUser()
  const plain = await signIn(browser, url, username, '#register', [movableClock, longLimits])
  const react = await browser.open(withPrelude(`${url}/react.html`, movableClock))
  const shows = (text: string) => () =>
    react.page.evaluate((text) => document.body.innerText.includes(text), text)
  await until('the React page has the session', shows('Signed in as'))

  await wait([plain, react], IDLE_MS - WARN_MS + 1_000)
  await until('the React page warns', shows('nobody seems to be there'))
  await until('the other page warns', () => hasDialog(plain.page))
  expect(await axeViolations(react.page)).toEqual([])
  await plain.page.bringToFront()
  expect(await axeViolations(plain.page)).toEqual([])
  await press(react.page, '#stay')
  await until('the other page closes its warning', async () => !(await hasDialog(plain.page)))

  await wait([plain, react], IDLE_MS)
  await until('the page is covered', () => isCovered(plain.page))
  await until('the React page is covered', shows('nobody was there for too long'))
  expect(await shows('Signed in as')()).toBe(false)
  for (const page of [react.page, plain.page])
    for (const look of LOOKS) {
      await page.bringToFront()
      await applyLook(page, look)
      expect(await axeViolations(page), `covered, ${look.name}`).toEqual([])
    }
  await until('the server is told of the logout', () => log.some(({ event }) => event === 'logout'))
  await pressInTools(plain.page, '#words summary')
  const words = () => toolsText(plain.page, '#list')
  await until('the timeline has the end in both tabs', async () =>
    (await words()).includes('Tab 2: ended'),
  )
  for (const tab of ['Tab 1 (this one)', 'Tab 2'])
    for (const what of [
      'warned: the user does not seem to be there',
      'goes on',
      'ended: the user was not active',
    ])
      expect(await words()).toContain(`${tab}: ${what}`)
  // One tab tells the server. The second tab tells it too if it wakes so late that the first may have failed. Its cookie is
  // gone by then, so the server knows of no session.
  const ended = log.filter(({ event, sid }) => event === 'logout' && sid !== undefined)
  expect(new Set(ended.map(({ sid }) => sid)).size).toBe(1)

  await plain.page.type('[name=username]', username)
  await plain.page.type('[name=password]', PASSWORD)
  await press(plain.page, '#sign-in button')
  await until('the page is uncovered', async () => !(await isCovered(plain.page)))
  await until('the React page is uncovered', shows('Signed in as'))
})

test('the server applies the limits that the user chose on the page', async () => {
  const { url, database } = await startDemo()
  const browser = await newContext()
  const { page: first } = await browser.open(url)
  await until('the form is there', () => isShown(first, '#limits'))
  await first.evaluate(() => (document.title = 'before'))
  await choose(first, { idle: 45, warn: 20, session: 300 })
  await until('the form is there again', async () =>
    (await first.evaluate(() => document.title).catch(() => 'before')) === 'before'
      ? false
      : isShown(first, '#limits'),
  )
  await choose(first, { idle: 10, warn: 20, session: 300 })
  expect(await first.$eval('#limits-problem', ({ textContent }) => textContent)).toContain(
    'longer than the warning',
  )
  const username = newUser()
  await signIn(browser, url, username, '#register')
  const [account] = await database.query<{ id: string }>(
    'SELECT id FROM accounts WHERE username = $1',
    [username],
  )
  const [session] = await createSessionStore(database).list(account?.id ?? '')
  const { startedAt = NaN, sessionEndsAt = NaN, idleEndsAt = NaN } = session ?? {}
  expect((sessionEndsAt - startedAt) / 1000).toBeCloseTo(300, 0)
  // The server adds one lifetime of an access token, because pages report activity with renewals only.
  expect((idleEndsAt - startedAt) / 1000).toBeCloseTo(45 + 600, 0)
})

function hasDialog(page: Page): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }) => shadowRoot?.querySelector('dialog')?.open === true,
  )
}

async function choose(page: Page, limits: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, seconds] of Object.entries(limits))
    await page.$eval(
      `#limits-${name}`,
      (input, seconds) => {
        ;(input as HTMLInputElement).valueAsNumber = seconds
      },
      seconds,
    )
  await press(page, '#limits button')
}

function deviceCount(page: Page, count: number): Promise<boolean> {
  return page.$eval('#device-list', (list, count) => list.childElementCount === count, count)
}
