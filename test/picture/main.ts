// npm run docs:picture: takes the picture of the demo's timeline that the README shows, in light and dark colours, with the
// real demo in Chromium. Run it again when the timeline looks different.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ElementHandle } from 'puppeteer-core'
import { launchChromium, puppeteerOf } from '../browser/engines/chromium.ts'
import type { Context, Page, Tab } from '../browser/engines/tab.ts'
import { until, within } from '../support/patience.ts'

/** The developer tools on the demo's page, and what of them is taken a picture of. */
const TOOLS = '#tools'
const TIMELINE = '#panel'
/** What of it is left out, because a picture cannot be pressed or unfolded. */
const LEFT_OUT = '.row, fieldset, details, #detail, #result'
const FOLDER = join(import.meta.dirname, '../../docs/images')
const SIZE = { width: 900, height: 900, deviceScaleFactor: 1.5 }

/** What happens in the picture: buttons that are pressed, each in one of the tabs, and what is waited for then. */
const STORY = [
  [1, '#call-once', 3_000],
  [0, '#storm', 4_000],
  [1, '#refuse', 1_000],
  [2, '#call-burst', 4_000],
  [0, '#slow', 7_000],
  [1, '#call-once', 4_000],
] as const
/** How often the timeline is asked to show more time. */
const TIMES_OUT = 1

const undo: (() => unknown)[] = []
try {
  const url = await startDemo()
  const browser = await launchChromium((end) => undo.unshift(end))
  const first = await browser.open(url)
  await until('the form is there', () => isShown(first.page, '#sign-in'))
  await first.page.type('[name=username]', 'alice')
  await first.page.type('[name=password]', 'correct horse battery')
  await press(first.page, '#register')
  await until('the user is signed in', () => isShown(first.page, '#log-out'))
  const tabs = [first, await openTab(browser, url), await openTab(browser, url)] as const

  await first.page.bringToFront()
  for (const [tab, button, ms] of STORY) {
    // The user is there: without input, the demo warns of the end after forty seconds.
    await first.page.mouse.move(100 + ms / 50, 200)
    await press(tabs[tab].page, button)
    await sleep(ms)
  }
  for (let times = 0; times < TIMES_OUT; times++) await showMore(first.page)
  for (const scheme of ['light', 'dark'] as const) await take(first.page, scheme)
} finally {
  for (const each of undo) await each()
}

/** Starts the demo with access tokens of 20 seconds and a database of its own. Resolves to its address. */
async function startDemo(): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-picture-'))
  const demo = spawn('node', [join(import.meta.dirname, '../../demo/main.ts')], {
    env: { ...process.env, PORT: '0', DATA_DIR: data, ACCESS_TTL_S: '20' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  undo.unshift(async () => {
    demo.kill('SIGTERM')
    if (demo.exitCode === null) await once(demo, 'exit')
    rmSync(data, { recursive: true, force: true })
  })
  let said = ''
  const url = new Promise<string>((resolve, reject) => {
    demo.stderr.on('data', (text: Buffer) => {
      said += text.toString()
      const [, address] = /Open (\S+) in a browser/.exec(said) ?? []
      if (address !== undefined) resolve(address)
    })
    demo.on('exit', () => reject(new Error(`The demo ended: ${said}`)))
  })
  return await within('the demo has started', url, 60_000)
}

/** Opens another tab of the session. */
async function openTab(browser: Context, url: string): Promise<Tab> {
  const tab = await browser.open(url)
  await until('the tab has the session', () => isShown(tab.page, '#log-out'))
  return tab
}

async function take(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  const puppeteer = puppeteerOf(page)
  await puppeteer.setViewport(SIZE)
  await page.prefer('prefers-color-scheme', scheme)
  await page.$eval(
    TOOLS,
    (tools, selector) => {
      for (const each of tools.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])
        each.style.display = 'none'
    },
    LEFT_OUT,
  )
  // The page draws the timeline anew for another size and other colours.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_000)))
  const timeline: ElementHandle | null = await puppeteer.$(`${TOOLS} >>> ${TIMELINE}`)
  if (timeline === null) throw new Error(`The demo's page has no ${TOOLS} with ${TIMELINE}`)
  mkdirSync(FOLDER, { recursive: true })
  const path: `${string}.png` = `${FOLDER}/timeline-${scheme}.png`
  await timeline.screenshot({ path })
  process.stdout.write(`docs/images/timeline-${scheme}.png: ${statSync(path).size} bytes\n`)
}

function showMore(page: Page): Promise<void> {
  return page.$eval(TOOLS, (tools) => {
    tools.shadowRoot?.querySelector<HTMLElement>('#out')?.click()
  })
}

/** Clicks by script, since a hidden tab gets no input. */
function press(page: Page, selector: string): Promise<void> {
  return page.$eval(selector, (element) => (element as HTMLElement).click())
}

function isShown(page: Page, selector: string): Promise<boolean> {
  return page.$eval(selector, (element) => element.checkVisibility())
}
