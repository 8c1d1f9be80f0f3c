// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  cookieTransport,
  expiryWarnings,
  idleTimeout,
  serverEvents,
  type Session,
} from '../../../src/index.ts'
import { createMockSession, type MockSessionOptions } from '../../../src/testing/index.ts'
import { until } from '../../support/patience.ts'

const ALICE = { sub: 'alice', name: 'Alice Liddell', roles: ['admin'] }
const BOB = { sub: 'bob' }

const opened: Session[] = []

beforeEach(() => {
  // What the sessions of one test share is a browser of its own.
  vi.stubGlobal('indexedDB', new IDBFactory())
  localStorage.clear()
})
afterEach(() => {
  for (const session of opened.splice(0)) session.dispose()
})

/** A tab: its session, and its panel. Two of them in one page are two tabs. */
interface Tab {
  readonly session: Session
  readonly select: HTMLSelectElement
  readonly button: HTMLButtonElement
  pick(sub: string): void
}

async function open(options?: MockSessionOptions): Promise<Tab> {
  const session = createMockSession({ users: [ALICE, BOB], ...options })
  opened.push(session)
  await session.ready
  const root = [...document.querySelectorAll('session-mock')].at(-1)?.shadowRoot
  const select = root?.querySelector('select')
  const button = root?.querySelector('button')
  if (!select || !button) throw new Error('There is no panel')
  return {
    session,
    select,
    button,
    pick(sub) {
      select.value = sub
      select.dispatchEvent(new Event('change'))
    },
  }
}

function shows({ session, select }: Tab, subject: string | null): Promise<void> {
  return until(
    () => `${String(subject)} is signed in; it is ${JSON.stringify(session.state)}`,
    () => session.state.subject === subject && select.value === (subject ?? ''),
  )
}

describe('the panel', () => {
  test('signs in the user who is chosen, in all tabs, and signs out with "Nobody"', async () => {
    const [one, two] = [await open(), await open()]
    expect(one.session.state.status).toBe('logged-out')
    expect([...one.select.options].map(({ text }) => text)).toEqual([
      'Nobody',
      'Alice Liddell',
      'bob',
    ])

    one.pick('alice')
    await shows(one, 'alice')
    await shows(two, 'alice')
    await two.session.getAccessToken()
    expect(two.session.state.claims).toMatchObject(ALICE)

    const reasons: string[] = []
    one.session.onSessionEnded(({ reason }) => reasons.push(reason))
    two.pick('bob')
    await shows(one, 'bob')
    two.pick('')
    await shows(one, null)
    expect(reasons).toEqual(['user-switched', 'logout'])
  })

  test('is gone after dispose()', async () => {
    const { session } = await open()
    session.dispose()
    expect(document.querySelector('session-mock')).toBeNull()
  })
})

test('the user is still signed in when the page is loaded again', async () => {
  const before = await open()
  before.pick('alice')
  await shows(before, 'alice')
  before.session.dispose()
  await shows(await open(), 'alice')
})

describe('Alt+Shift+W', () => {
  const press = (): boolean =>
    document.dispatchEvent(
      new KeyboardEvent('keydown', { altKey: true, shiftKey: true, code: 'KeyW', key: 'W' }),
    )
  const warns = (tab: Tab, cause: string | undefined): Promise<void> =>
    until(
      () => `the warning is ${String(cause)}`,
      () => tab.session.state.warning?.cause === cause,
    )

  test('opens the idle warning in all tabs, as often as it is pressed, and extend() closes it in all', async () => {
    const idle = idleTimeout({ afterMs: 15 * 60_000 })
    const [one, two] = [await open({ idle }), await open({ idle })]
    expect(one.button.disabled).toBe(true)
    press()
    one.pick('alice')
    await shows(two, 'alice')
    expect(one.session.state.warning).toBeNull()
    for (let time = 0; time < 2; time++) {
      press()
      await warns(one, 'idle')
      await warns(two, 'idle')
      expect(one.session.state.warning?.extendable).toBe(true)
      expect(await two.session.extend()).toMatchObject({ ok: true })
      await warns(one, undefined)
      await warns(two, undefined)
    }
  })

  test('leaves the warning open though input from before it has not been shared yet', async () => {
    // With these, what a user does within a second of the last input is shared at the end of that second.
    const warnings = expiryWarnings({ warnMs: 20_000 })
    const tab = await open({ idle: idleTimeout({ afterMs: 24_000 }), warnings })
    tab.pick('alice')
    await shows(tab, 'alice')
    tab.session.reportActivity()
    tab.session.reportActivity()
    const reportedAt = performance.now()
    tab.button.click()
    await warns(tab, 'idle')
    await until('that second is over', () => performance.now() - reportedAt > 1_500)
    expect(tab.session.state.warning?.cause).toBe('idle')
  })

  test('without idle time, opens the warning of the session’s limit', async () => {
    const tab = await open({ warnings: expiryWarnings({ warnMs: 30_000 }) })
    tab.pick('bob')
    await shows(tab, 'bob')
    press()
    await warns(tab, 'session-limit')
    const { extendable, endsAt = 0 } = tab.session.state.warning ?? {}
    expect(extendable).toBe(false)
    expect(endsAt - Date.now()).toBeLessThanOrEqual(30_000)
  })
})

test('it takes the options of createSession, and asks no backend', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(Response.json([])))
  const backend = { transport: cookieTransport('/auth'), events: serverEvents('/auth/events') }
  const tab = await open({ ...backend, name: 'shop', origins: ['https://api.test'], fetch })
  tab.pick('alice')
  await shows(tab, 'alice')
  const token = await tab.session.getAccessToken()
  expect(await tab.session.getAccessToken({ forceRefresh: true })).not.toBe(token)
  expect(fetch).not.toHaveBeenCalled()
  await tab.session.authFetch('https://api.test/notes')
  const [[, init] = []] = fetch.mock.calls
  expect(new Headers(init?.headers).get('authorization')).toMatch(/^Bearer [\w-]+\.[\w-]+\.$/)
})

test.each([[[]], [[{ name: 'Alice' }]], ['alice']])('users cannot be %j', (users) => {
  expect(() => createMockSession({ users } as never)).toThrow(/"users" option must be a list/)
})
