import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer, {
  type Browser as PuppeteerBrowser,
  type BrowserContext,
  type CDPSession,
  type Page as PuppeteerPage,
} from 'puppeteer-core'
import { waitForPageEvent, waitUntilHidden, waitUntilOnline } from './page-events.ts'
import { adapt } from './puppeteer-page.ts'
import type { Browser, Context, Page, StartOptions, Tab } from './tab.ts'

/** Puppeteer's page for each page of a tab. */
const pages = new WeakMap<Page, PuppeteerPage>()

/** Puppeteer's page, for what only Chromium can do. Throws for a page of another engine. */
export function puppeteerOf(page: Page): PuppeteerPage {
  const puppeteer = pages.get(page)
  if (puppeteer === undefined) throw new Error('Only pages of Chromium can do this')
  return puppeteer
}

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Defaults of puppeteer that keep hidden tabs at full speed, which the browsers of users do not. */
const UNREAL_DEFAULTS = [
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a Chromium outside of a test. `onFinished` gets the function that ends it. */
export async function launchChromium(
  onFinished: (end: () => Promise<void>) => void,
  profile?: string,
): Promise<Browser> {
  const browser = await startChromium({ profile })
  const close = async (): Promise<void> => {
    if (browser.connected) await browser.close()
  }
  onFinished(close)
  const { open } = chromiumContext(browser.defaultBrowserContext())
  return { open, close, kill: () => killChromium(browser) }
}

/** Starts a Chromium, and does not end it. */
export function startChromium({
  profile,
  refuses,
  isPrivate = false,
}: StartOptions = {}): Promise<PuppeteerBrowser> {
  const folder = refuses === undefined ? profile : refusingProfile(profile)
  return puppeteer.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: isPrivate ? [...ARGUMENTS, '--incognito'] : ARGUMENTS,
    ignoreDefaultArgs: UNREAL_DEFAULTS,
    // With a pipe it notices when this process is killed, and ends too.
    pipe: true,
    ...(folder !== undefined && { userDataDir: folder }),
  })
}

/** Writes the setting "block all site data" into a profile. */
function refusingProfile(folder = mkdtempSync(join(tmpdir(), 'latchkey-profile-'))): string {
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
  mkdirSync(join(folder, 'Default'), { recursive: true })
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify(settings))
  return folder
}

/** Opens tabs in a context of a running Chromium. */
export function chromiumContext(context: BrowserContext): Context {
  return { open: (url) => openTab(context, url) }
}

/** Kills all processes of the browser at once: one that lives longer could still write cookies. */
export async function killChromium(browser: PuppeteerBrowser): Promise<void> {
  const main = browser.process()
  if (main?.pid === undefined) throw new Error('The browser is not running')
  const ended = new Promise((resolve) => main.once('exit', resolve))
  process.kill(-main.pid, 'SIGKILL')
  await ended
}

async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const puppeteer = await context.newPage()
  const devtools = await puppeteer.createCDPSession()
  const page = adapt(puppeteer)
  pages.set(page, puppeteer)
  await page.goto(url)
  return {
    page,
    waitUntilHidden: () => waitUntilHidden(page),
    async freeze() {
      // On a visible page the command has no effect, but reports success.
      await waitUntilHidden(page)
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
      await waitForPageEvent(page, 'freeze')
    },
    async thaw() {
      await devtools.send('Page.setWebLifecycleState', { state: 'active' })
      await waitForPageEvent(page, 'resume')
    },
    leaveFor: page.goto,
    async goBack() {
      await page.back()
      await waitForPageEvent(page, 'pageshow from cache')
    },
    goOffline: () => puppeteer.setOfflineMode(true),
    async goOnline() {
      await puppeteer.setOfflineMode(false)
      await waitUntilOnline(page)
    },
    crash: () => crash(puppeteer, devtools),
    close: () => puppeteer.close(),
  }
}

async function crash(page: PuppeteerPage, devtools: CDPSession): Promise<void> {
  const crashed = new Promise((resolve) => page.once('error', resolve))
  // The command gets no answer, since the process that would send it is gone.
  void devtools.send('Page.crash').catch(() => undefined)
  await crashed
}
