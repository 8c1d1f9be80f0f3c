import { expect, test } from 'vitest'
import { until } from '../support/patience.ts'
import { useBrowser } from './engines/browser.ts'
import type { Page } from './engines/tab.ts'
import { isCovered, seenAt, tabTo } from './support/cover.ts'
import { IDLE_MS, longLimits, movableClock, wait } from './support/demo-clock.ts'
import { isShown, PASSWORD, signIn, useDemo } from './support/demo-page.ts'
import { newUser } from './support/demo-tabs.ts'

const newContext = useBrowser()
const startDemo = useDemo()

test('a note that was typed is there when its idle user has signed in again, and is saved, by keyboard alone', async () => {
  const { url } = await startDemo()
  const user = newUser()
  const tab = await signIn(await newContext(), url, user, '#register', [movableClock, longLimits])
  const { page } = tab
  await page.bringToFront()
  await page.focus('#note-text')
  await page.keyboard.type('a note')
  await wait([tab], IDLE_MS)
  await until('the page is covered', () => isCovered(page))
  expect(await seenAt(page, '#note-text')).toBe('SESSION-DIALOG')

  await signInByKeyboard(page, user)
  await until('the page is uncovered', async () => !(await isCovered(page)))
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('note-text')
  await page.keyboard.type('s')
  await page.keyboard.press('Enter')
  await until('the note is saved', async () => (await notesOf(page)).length === 1)
  expect(await notesOf(page)).toEqual(['a notes'])
})

test('a note that was sent after its session had ended elsewhere waits, and is saved when its user has signed in again', async () => {
  const { url } = await startDemo({
    // The page does not hear of the end before it sends the note.
    before: [async (c, next) => (c.req.path === '/auth/events' ? c.body(null, 503) : next())],
  })
  const user = newUser()
  const { page } = await signIn(await newContext(), url, user, '#register')
  await endElsewhere(url, user)
  await page.bringToFront()
  await page.focus('#note-text')
  await page.keyboard.type('a note\n')
  await until('the page is covered', () => isCovered(page))

  await signInByKeyboard(page, user)
  await until('the note is saved', async () => (await notesOf(page)).length === 1)
  expect(await notesOf(page)).toEqual(['a note'])
  await until('the form is empty', async () => (await typedIn(page)) === '')
})

test("when somebody else signs in, nothing of the first user's is on the screen or sent", async () => {
  const { url, database } = await startDemo()
  const [alice, bob] = [newUser(), newUser()]
  await askAuth(url, 'POST', 'register', { username: bob, password: PASSWORD })
  const { page } = await openEnded(url, alice)
  await signInByKeyboard(page, bob)
  await until('the page says so', () => hasPart(page, 'other'))
  // A screen reader reads what has the focus.
  expect(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id)).toBe(
    'other',
  )
  for (const selector of ['#user-name', '#note-list', '#note-text'])
    expect(await seenAt(page, selector)).toBe('SESSION-DIALOG')

  await tabTo(page, 'reload')
  await page.keyboard.press('Enter')
  await until("the page is the other user's", () => hasUser(page, bob))
  expect(await page.evaluate(() => document.body.innerText)).not.toContain('of the first user')
  expect(await typedIn(page)).toBe('')
  const notes = await database.query<{ text: string; username: string }>(
    'SELECT text, username FROM notes JOIN accounts ON accounts.id = notes.account_id WHERE username = ANY($1)',
    [[alice, bob]],
  )
  expect(notes).toEqual([{ text: 'saved of the first user', username: alice }])
})

test('a user who does not want to sign in again gets the page of nobody', async () => {
  const { url } = await startDemo()
  const { page } = await openEnded(url, newUser())
  await tabTo(page, 'leave')
  await page.keyboard.press('Enter')
  // A page that is still loading has no answer.
  await until('the page is of nobody', () => isShown(page, '#steps').catch(() => false))
  expect(await isCovered(page)).toBe(false)
  expect(await typedIn(page)).toBe('')
  await until('the page tells how it ended', () => isShown(page, '#end-notice'))
})

/** A page of this user, with a note saved and another one typed, whose session another device has ended. */
async function openEnded(url: string, user: string): Promise<{ readonly page: Page }> {
  const { page } = await signIn(await newContext(), url, user, '#register')
  await page.bringToFront()
  await page.focus('#note-text')
  await page.keyboard.type('saved of the first user\n')
  await until('the note is saved', async () => (await notesOf(page)).length === 1)
  await until('the form is empty', async () => (await typedIn(page)) === '')
  await page.keyboard.type('typed of the first user')
  await endElsewhere(url, user)
  await until('the page is covered', () => isCovered(page))
  return { page }
}

/** Another device of this user signs in, and signs out all others. */
async function endElsewhere(url: string, user: string): Promise<void> {
  const account = { username: user, password: PASSWORD, delivery: 'body' }
  const { access_token } = await askAuth(url, 'POST', 'login', account)
  expect(await askAuth(url, 'DELETE', 'sessions', {}, access_token)).toEqual({ ended: 1 })
}

async function askAuth(
  url: string,
  method: string,
  path: string,
  body: object,
  token = '',
): Promise<{ readonly access_token: string }> {
  const headers = {
    'content-type': 'application/json',
    'x-requested-with': 'test',
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const answer = await fetch(`${url}/auth/${path}`, { method, headers, body: JSON.stringify(body) })
  expect(answer.ok).toBe(true)
  return (await answer.json()) as { readonly access_token: string }
}

async function signInByKeyboard(page: Page, user: string): Promise<void> {
  await tabTo(page, 'username')
  await page.keyboard.type(user)
  await tabTo(page, 'password')
  await page.keyboard.type(`${PASSWORD}\n`)
}

function notesOf(page: Page): Promise<string[]> {
  return page.$eval('#note-list', (list) =>
    [...list.querySelectorAll('span')].map(({ textContent }) => textContent),
  )
}

function typedIn(page: Page): Promise<string> {
  return page.$eval('#note-text', (input) => (input as HTMLInputElement).value)
}

/** Whether the dialog shows this part. */
function hasPart(page: Page, part: string): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }, part) => shadowRoot?.getElementById(part)?.checkVisibility() ?? false,
    part,
  )
}

function hasUser(page: Page, user: string): Promise<boolean> {
  return (
    page
      .$eval('#user-name', (name, user) => name.textContent === user, user)
      // A page that is still loading has no answer.
      .catch(() => false)
  )
}
