import assert from 'node:assert/strict'
import { puppeteerOf } from '../browser/engines/chromium.ts'
import type { Tab } from '../browser/engines/tab.ts'
import { until } from '../support/patience.ts'
import { addressOf, textOf, type RunningExample } from './running-example.ts'

/** What a user does with an example. Rejects if it does not end well. */
export type Story = (example: RunningExample) => Promise<void>

/** The access tokens of the backend live for five minutes. */
const TOKEN_LIFE_MS = 5 * 60_000
/** The warning opens after one minute without input. The session ends after two. */
const UNTIL_WARNING_MS = 60_000

const FILE_BYTES = 2_000_000
/** So slow that an upload of the file takes a second, in which it reports its progress about every 50 ms. */
const SLOW_UPLOAD = { upload: FILE_BYTES, download: -1, latency: 0 }

declare global {
  interface Window {
    /** The values that the page's progress bar has had. */
    shares: number[]
  }
}

/** What each example has to get right. */
export const STORIES: Readonly<Record<string, Story>> = {
  async 'calls go on when the token has expired'(example) {
    const [first, second] = await twoTabs(example)
    await example.pass(TOKEN_LIFE_MS + 1_000)
    const refreshes = example.answersTo('/auth/refresh').length
    await Promise.all([add(first, 'From the first tab'), add(second, 'From the second tab')])
    assert(example.answersTo('/api/notes').includes(401), 'the API refuses the expired token')
    assert.equal(example.answersTo('/auth/refresh').length - refreshes, 1, 'one refresh for both')
    await press(first, 'Reload')
    await shows(first, 'From the second tab')
  },

  async 'a user who is away is warned, and stays'(example) {
    for (const { close } of await twoTabs(example)) await close()
    await example.pass(UNTIL_WARNING_MS)
    const tabs = [await example.open('/'), await example.open('/')]
    for (const tab of tabs) await shows(tab, 'You will be logged out in')
    await tabs[0]?.page.bringToFront()
    await tabs[0]?.page.click('::-p-text(Stay logged in)')
    for (const tab of tabs)
      await until(
        'the warning is gone',
        async () => !(await textOf(tab.page)).includes('You will be logged out in'),
      )
    for (const tab of tabs) await shows(tab, 'Feed the cat')
  },

  async 'another user sees nothing of the last one'(example) {
    const [first, second] = await twoTabs(example)
    await second.page.goto(new URL('/login', await addressOf(second.page)).href)
    await logIn(second, 'bob', 'builder')
    for (const tab of [first, second]) {
      await shows(tab, 'Order bricks')
      assert(!(await textOf(tab.page)).includes('Feed the cat'))
    }
  },

  async 'a logout reaches the other tab'(example) {
    const [first, second] = await twoTabs(example)
    await press(first, 'Log out')
    for (const tab of [first, second]) {
      await until('the tab is at the login page', async () =>
        (await addressOf(tab.page)).endsWith('/login?reason=logout'),
      )
      await shows(tab, 'Log in')
      assert(!(await textOf(tab.page)).includes('Feed the cat'))
    }
  },
}

/** What single examples have to get right beside that. */
export const OWN_STORIES: Readonly<Record<string, Readonly<Record<string, Story>>>> = {
  angular: {
    async 'an upload whose token has expired is sent again and reports its progress'(example) {
      const [{ page }] = await twoTabs(example)
      await puppeteerOf(page).emulateNetworkConditions(SLOW_UPLOAD)
      await example.pass(TOKEN_LIFE_MS + 1_000)
      await page.evaluate(watchProgress)
      await page.$eval('input[type=file]', chooseFile, FILE_BYTES)
      await until('the server has the file', async () =>
        (await textOf(page)).includes(`The server has ${FILE_BYTES} bytes.`),
      )
      assert.deepEqual(example.answersTo('/api/files'), [401, 200])
      const shares = await page.evaluate(() => window.shares)
      assert(
        shares.some((share) => share > 0 && share < 1),
        `progress was shown: ${shares.join(', ')}`,
      )
    },
  },
  next: {
    async 'the server renders a placeholder where there may be a session, and else the login'({
      url,
    }) {
      const cookie = 'latchkey-hint=1'
      const answer = await fetch(url, { headers: { cookie } })
      assert.match(await answer.text(), /One moment …/)
      const { url: withoutHint } = await fetch(url)
      assert.equal(withoutHint, `${url}login`)
    },
  },
}

/** Two tabs of Alice's session. */
async function twoTabs({ open }: RunningExample): Promise<readonly [Tab, Tab]> {
  const first = await open('/')
  await logIn(first, 'alice', 'wonderland')
  await shows(first, 'Feed the cat')
  const second = await open('/')
  await shows(second, 'Feed the cat')
  return [first, second]
}

async function logIn(tab: Tab, username: string, password: string): Promise<void> {
  await shows(tab, 'Log in')
  await tab.page.type('input[name=username]', username)
  await tab.page.type('input[name=password]', password)
  await press(tab, 'Log in')
}

async function add(tab: Tab, text: string): Promise<void> {
  await tab.page.type('input[name=text]', text)
  await press(tab, 'Add')
  await shows(tab, text)
}

/** Presses a button of a tab, which may be hidden behind another. */
async function press({ page }: Tab, text: string): Promise<void> {
  await page.$eval(`button::-p-text(${text})`, (button) => (button as HTMLElement).click())
}

async function shows({ page }: Tab, text: string): Promise<void> {
  let shown = ''
  await until(
    () => `the page shows "${text}". It shows: ${shown}`,
    async () => (shown = await textOf(page)).includes(text),
  )
}

/** Runs in a page: notes what its progress bar shows. */
function watchProgress(): void {
  window.shares = []
  new MutationObserver(() => {
    const bar = document.querySelector('progress')
    if (bar) window.shares.push(bar.value)
  }).observe(document.body, { subtree: true, childList: true, attributes: true })
}

/** Runs in a page: chooses a file of so many bytes. */
function chooseFile(input: Element, bytes: number): void {
  const chosen = new DataTransfer()
  chosen.items.add(new File([new Uint8Array(bytes)], 'film'))
  ;(input as HTMLInputElement).files = chosen.files
  input.dispatchEvent(new Event('change'))
}
