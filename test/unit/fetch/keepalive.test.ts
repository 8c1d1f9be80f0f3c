import { expect, test } from 'vitest'
import {
  cookieTransport,
  idleTimeout,
  type SessionOptions,
  type Transport,
} from '../../../src/index.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'

// DESIGN §4: what a page saves as it leaves. Nothing that waits, for a look or for a renewal, would be sent any more.

const transport = cookieTransport('/auth')

async function twoTabs(options: Partial<SessionOptions> = {}) {
  const browser = createVirtualBrowser({ session: { transport, ...options } })
  const tab = browser.openTab()
  const other = browser.openTab()
  await tab.session.login(browser.signIn('alice'))
  await browser.settle()
  const sent = () => browser.network.sentTo('/api/draft')
  return { browser, tab, other, sent }
}

function save({ session }: VirtualTab, init: RequestInit = {}): void {
  const all = { method: 'POST', keepalive: true, body: 'draft', ...init }
  session.authFetch('/api/draft', all).catch(() => undefined)
}

test.each([
  ['an init', (tab: VirtualTab) => save(tab)],
  ['a form', (tab: VirtualTab) => save(tab, { body: new URLSearchParams({ text: 'draft' }) })],
  [
    'a Request',
    ({ session }: VirtualTab) => {
      const init = { method: 'POST', keepalive: true, body: 'draft' }
      session.authFetch(new Request('https://app.test/api/draft', init)).catch(() => undefined)
    },
  ],
])(
  'with keepalive in %s, a request leaves in the task in which the page leaves',
  async (_, saving) => {
    const { browser, tab, sent } = await twoTabs()
    tab.tell('left')
    saving(tab)
    expect(sent()).toHaveLength(1)
    expect(sent()[0]?.headers.get('authorization')).toMatch(/^Bearer ./)
    tab.crash()
    await browser.advance(1_000)
    expect(sent()).toHaveLength(1)
  },
)

test.each([
  ['has been quiet for a while', 20_000],
  ['has a token that is about to be renewed', 270_000],
])('a page that %s sends with keepalive at once', async (_, quietMs) => {
  const { browser, tab, sent } = await twoTabs()
  await browser.sleep(quietMs)
  save(tab)
  expect(sent()).toHaveLength(1)
})

test('without keepalive, a page that comes back looks first', async () => {
  const { tab, sent } = await twoTabs()
  tab.tell('left')
  save(tab, { keepalive: false })
  expect(sent()).toHaveLength(0)
})

test('with an expired token, a request waits for another one, keepalive or not', async () => {
  const { browser, tab, sent } = await twoTabs()
  await browser.sleep(600_000)
  save(tab)
  expect(sent()).toHaveLength(0)
  await browser.advance(1_000)
  expect(sent()).toHaveLength(1)
})

test.each([
  ['has logged out of', ({ session }: VirtualTab) => session.logout()],
  ['has replaced', ({ session }: VirtualTab, answer: object) => session.login(answer)],
])('a frozen page does not save for a session that another tab %s', async (_, act) => {
  const { browser, tab, other, sent } = await twoTabs()
  tab.freeze()
  await act(other, browser.signIn('bob'))
  await browser.settle()
  save(tab)
  expect(sent()).toHaveLength(0)
  tab.thaw()
  await browser.advance(1_000)
  expect(sent()).toHaveLength(0)
})

test('a page does not save for a session whose time is up, though no timer has told it yet', async () => {
  const { browser, tab, sent } = await twoTabs({ idle: idleTimeout({ afterMs: 120_000 }) })
  tab.freeze()
  await browser.sleep(130_000)
  save(tab)
  tab.thaw()
  await browser.advance(1_000)
  expect(sent()).toHaveLength(0)
  expect(tab.session.state.status).toBe('logged-out')
})

test.each(['null', '{', '{"epoch":1}', '"x"'])(
  'with %s in the mirror, a page goes by what it knows itself',
  async (text) => {
    const { browser, tab, sent } = await twoTabs()
    browser.stored.mirror = text
    tab.tell('left')
    save(tab)
    expect(sent()).toHaveLength(1)
  },
)

test('without a mirror, a page goes by what it knows itself', async () => {
  const { browser, tab, sent } = await twoTabs()
  browser.faults.mirror = 'refused'
  tab.tell('left')
  save(tab)
  expect(sent()).toHaveLength(1)
})

test('a mirror of the past, and one that says more than the page knows, allow nothing and forbid nothing that is right', async () => {
  const { browser, tab, other, sent } = await twoTabs()
  const past = browser.stored.mirror
  await other.session.getAccessToken({ forceRefresh: true })
  await browser.settle()
  browser.stored.mirror = past
  tab.tell('left')
  save(tab)
  expect(sent()).toHaveLength(1)
})

test('a mirror cannot prolong a session', async () => {
  const { browser, tab, sent } = await twoTabs({ idle: idleTimeout({ afterMs: 120_000 }) })
  tab.freeze()
  await browser.sleep(130_000)
  const mirrored = JSON.parse(String(browser.stored.mirror)) as { idle: object }
  const lastActivityAt = browser.clock.now()
  browser.stored.mirror = JSON.stringify({
    ...mirrored,
    idle: { ...mirrored.idle, lastActivityAt },
  })
  save(tab)
  expect(sent()).toHaveLength(0)
})

test('a transport that takes its time over the headers is not waited for: it is exempt', async () => {
  const slow: Transport = {
    ...transport,
    authorize: async (_, { accessToken }) => {
      await Promise.resolve()
      return { authorization: `Bearer ${String(accessToken)}` }
    },
  }
  const { browser, tab, sent } = await twoTabs({ transport: slow })
  tab.tell('left')
  save(tab)
  expect(sent()).toHaveLength(0)
  await browser.settle()
  expect(sent()).toHaveLength(1)
})
