import { expect, test } from 'vitest'
import { createSessionStore } from '../../demo/database/session-store.ts'
import { useBrowser } from './engines/browser.ts'
import { waitForElement } from './engines/wait-for-element.ts'
import type { Tab } from './engines/tab.ts'
import {
  applyLook,
  axeViolations,
  isShown,
  LOOKS,
  PASSWORD,
  press,
  signIn,
  useDemo,
  type Demo,
} from './support/demo-page.ts'
import { until } from '../support/patience.ts'

const newContext = useBrowser()
const startDemo = useDemo()
let users = 0

test('a device that another device signs out is signed out at once, and no third device is', async () => {
  const { url } = await startDemo({ trustedProxies: ['127.0.0.1', '::1'] })
  const username = `user-${users++}`
  const laptop = await signIn(await newContext(), url, username, '#register')
  const phone = await signIn(await newContext(), url, username, '#sign-in button')
  const tablet = await signIn(await newContext(), url, username, '#sign-in button')
  // The tablet moves to another network, which the server sees when it renews.
  await tablet.page.evaluate(() => {
    const { fetch } = window
    window.fetch = (url, init) => {
      const headers = new Headers(init?.headers)
      headers.set('x-forwarded-for', '203.0.113.5')
      return fetch(url, { ...init, headers })
    }
  })
  await press(tablet.page, '#renew')
  await until('the list shows the new network', async () => {
    await press(laptop.page, '#device-reload')
    return (await devices(laptop)).some((text) => text.includes('On a new network'))
  })
  const [, listedPhone, listedLaptop] = await devices(laptop)
  expect((await devices(laptop))[0]).toMatch(/from 203\.0\.113\.5.*: 203\.0\.113\.0\/24, before/)
  expect(listedPhone).not.toContain('new network')
  expect(listedLaptop).toContain('this one')

  await press(laptop.page, '#device-list li:nth-child(2) button')
  await until('the phone is gone from the list', async () => (await devices(laptop)).length === 2)
  await until('the phone is signed out', () => isShown(phone.page, '#sign-in'))
  for (const { page } of [laptop, tablet]) {
    await press(page, '#call-once')
    await until('a call is answered', () =>
      page.$eval('#call-summary', ({ textContent }) => textContent.includes('200')),
    )
    expect(await isShown(page, '#log-out')).toBe(true)
  }
})

test('a request that needs a recent sign-in makes the page ask for the password, and the session continues', async () => {
  const { url, database } = await startDemo({ freshSignInS: 300 })
  const { page } = await signIn(await newContext(), url, `user-${users++}`, '#register')
  await page.type('#note-text', 'a note')
  await press(page, '#note-form button')
  await until('the note is there', () => hasNotes(page, 1))
  // According to the next token, the user signed in ten minutes ago.
  const [account] = await database.query<{ id: string }>('SELECT account_id AS id FROM notes')
  const store = createSessionStore(database)
  for (const { startedAt, version, ...document } of await store.list(account?.id ?? '')) {
    const aged = { ...document, startedAt: startedAt - 600_000, version: version + 1 }
    await store.write(aged, document.sessionEndsAt)
  }
  // A reload, not the button that renews: until that has its answer, the page could still clear the notes with the old token.
  await page.reload()
  await until('the note is there again', () => hasNotes(page, 1))
  await until('the page asks for the password', async () => {
    await press(page, '#note-clear')
    return isShown(page, '#step-up')
  })
  expect(await hasNotes(page, 1)).toBe(true)
  await page.type('#step-up-password', PASSWORD)
  await press(page, '#step-up button')
  await until('the password was right', async () => !(await isShown(page, '#step-up')))
  await press(page, '#note-clear')
  await until('the notes are gone', () => hasNotes(page, 0))
  expect(await isShown(page, '#log-out')).toBe(true)
})

test('when an account is deactivated, the session on its page ends without a request, and its user cannot sign in again', async () => {
  const requests: { readonly path: string; isAnswered: boolean }[] = []
  const demo = await startDemo({
    before: [
      async ({ req }, next) => {
        const request = { path: req.path, isAnswered: false }
        // The administrator's page has requests of its own.
        if (!req.path.includes('/admin')) requests.push(request)
        await next()
        request.isAnswered = true
      },
    ],
  })
  const username = `user-${users++}`
  const user = await signIn(await newContext(), demo.url, username, '#register')
  const admin = await signInAdmin(demo)
  await user.page.bringToFront()
  requests.length = 0
  await user.page.reload()
  await until('the page follows the events of its account', () =>
    requests.some(({ path, isAnswered }) => path === '/auth/events' && isAnswered),
  )
  await waitForElement(user.page, '#device-list li')
  await until('everything else is answered', () => requests.every(({ isAnswered }) => isAnswered))
  requests.length = 0
  await change(admin, username, 'Deactivate')
  await until('the user is signed out', () => isShown(user.page, '#sign-in'))
  expect(requests).toEqual([])
  expect(await user.page.$eval('#end-notice', ({ textContent }) => textContent)).toContain(
    'it was ended elsewhere',
  )
  await user.page.type('[name=username]', username)
  await user.page.type('[name=password]', PASSWORD)
  await press(user.page, '#sign-in button')
  await until('the page says that the account is deactivated', () =>
    user.page.$eval('#sign-in-problem', ({ textContent }) => textContent.includes('deactivated')),
  )
})

test("the administrators' page shows a user no accounts, and axe finds no violation on it for an administrator", async () => {
  const demo = await startDemo()
  const context = await newContext()
  await signIn(context, demo.url, `user-${users++}`, '#register')
  const stranger = await context.open(`${demo.url}/admin.html`)
  await until('the page turns the user away', () => isShown(stranger.page, '#stranger'))
  expect(await isShown(stranger.page, '#accounts')).toBe(false)

  const { page } = await signInAdmin(demo)
  await waitForElement(page, '#account-list li')
  for (const look of LOOKS) {
    await applyLook(page, look)
    expect(await axeViolations(page), look.name).toEqual([])
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
      look.name,
    ).toBe(true)
  }
})

/** Registers an administrator and opens the administrators' page. */
async function signInAdmin({ url, database }: Demo): Promise<Tab> {
  const context = await newContext()
  const username = `admin-${users++}`
  const { page } = await signIn(context, url, username, '#register')
  await database.query(`UPDATE accounts SET role = 'admin' WHERE username = $1`, [username])
  await press(page, '#renew')
  await until("the page links to the administrators' page", () => isShown(page, '#open-admin'))
  return context.open(`${url}/admin.html`)
}

async function change({ page }: Tab, username: string, label: string): Promise<void> {
  const button = `[aria-label="${label}: ${username}"]`
  await waitForElement(page, button)
  await press(page, button)
  await until('the change is done', () =>
    page.$eval('#result', ({ textContent }) => textContent.includes('done')),
  )
}

function devices({ page }: Tab): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('#device-list li')].map(({ textContent }) => textContent),
  )
}

function hasNotes(page: Tab['page'], count: number): Promise<boolean> {
  return page.$eval('#note-list', (list, count) => list.childElementCount === count, count)
}
