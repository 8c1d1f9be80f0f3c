import puppeteer, {
  type Browser,
  type BrowserContext,
  type CDPSession,
  type Page,
} from 'puppeteer-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { until } from './until.ts'

/** What one user sees of a browser: no cookie, database or cache is shared with another. */
export interface Context {
  /** Opens a tab in front of the others, which are hidden by that. `before` runs in each of its pages, before any script of theirs. */
  open(url: string, before?: readonly (() => void)[]): Promise<Tab>
}

/** A browser of one's own, with its files on the disk. */
export interface Chromium extends Context {
  /** Ends it as a user does: everything is written to its profile. */
  close(): Promise<void>
  /** Ends it as a power cut does: nothing that it has not written yet ever will be. */
  kill(): Promise<void>
}

/** One tab. Each helper waits until the browser has really done it, and throws if it does not. */
export interface Tab {
  readonly page: Page
  /** Waits until another tab is in front of it. */
  hidden(): Promise<void>
  /** Stops the page as Chromium stops hidden ones to save memory: no timer, no answer, no message gets through. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Goes to another page of the same site, and leaves this one in the back/forward cache. */
  leaveFor(url: string): Promise<void>
  /** Presses Back. Throws if the page was loaded again instead of being taken out of the cache. */
  goBack(): Promise<void>
  goOffline(): Promise<void>
  goOnline(): Promise<void>
  /** Kills the tab's process. */
  crash(): Promise<void>
  close(): Promise<void>
}

declare global {
  interface Window {
    /** What has happened to this page, oldest first. */
    moments: string[]
  }
}

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Puppeteer's own defaults that keep hidden tabs running at full speed, as no user's browser does. */
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

/** Makes a context for the test that is running, which is gone with the test. */
export type NewContext = () => Promise<Context>

/**
 * Starts one Chromium for a file of tests, and ends it with them: starting one takes as long as many a test. A context of it
 * keeps in memory what it stores, so that a slow disk is no part of the story. Those that are about the disk have a browser
 * each: {@link launchChromium}.
 */
export function useChromium(): NewContext {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())
  return async () => {
    const context = await browser.createBrowserContext()
    onTestFinished(() => context.close())
    return { open: (url, before = []) => openTab(context, url, before) }
  }
}

/**
 * Starts Chromium for the test that is running, and ends it with the test, or when `onFinished` says so. It finds what an
 * earlier one has left in the folder `profile`. @default one that is gone with the browser
 */
export async function launchChromium(
  onFinished: (end: () => Promise<void>) => void = onTestFinished,
  profile?: string,
): Promise<Chromium> {
  const browser = await launch(profile)
  const close = async (): Promise<void> => {
    if (browser.connected) await browser.close()
  }
  onFinished(close)
  return {
    open: (url, before = []) => openTab(browser.defaultBrowserContext(), url, before),
    close,
    kill: () => kill(browser),
  }
}

function launch(profile?: string): Promise<Browser> {
  return puppeteer.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: ARGUMENTS,
    ignoreDefaultArgs: UNREAL_DEFAULTS,
    // At the other end of a pipe it notices, and ends, when this process is killed.
    pipe: true,
    ...(profile !== undefined && { userDataDir: profile }),
  })
}

async function kill(browser: Browser): Promise<void> {
  const main = browser.process()
  if (main?.pid === undefined) throw new Error('The browser is not running')
  const ended = new Promise((resolve) => main.once('exit', resolve))
  // All its processes at once: one that outlived the others for a moment would use it to write cookies.
  process.kill(-main.pid, 'SIGKILL')
  await ended
}

async function openTab(
  context: BrowserContext,
  url: string,
  before: readonly (() => void)[],
): Promise<Tab> {
  const page = await context.newPage()
  const devtools = await page.createCDPSession()
  for (const script of [recordMoments, ...before]) await page.evaluateOnNewDocument(script)
  await page.goto(url)
  return {
    page,
    hidden: () => hidden(page),
    freeze: () => freeze(page, devtools),
    async thaw() {
      await devtools.send('Page.setWebLifecycleState', { state: 'active' })
      await happened(page, 'resume')
    },
    async leaveFor(elsewhere) {
      await page.goto(elsewhere)
    },
    async goBack() {
      await page.goBack()
      await happened(page, 'pageshow from cache')
    },
    goOffline: () => page.setOfflineMode(true),
    goOnline: () => goOnline(page),
    async crash() {
      const crashed = new Promise((resolve) => page.once('error', resolve))
      // The command is never answered: there is nobody left to.
      void devtools.send('Page.crash').catch(() => undefined)
      await crashed
    },
    close: () => page.close(),
  }
}

/** Runs in the page, before any script of its own. */
function recordMoments(): void {
  window.moments = []
  const record = (moment: string): void => void window.moments.push(moment)
  addEventListener('pagehide', () => record('pagehide'))
  addEventListener('pageshow', ({ persisted }) =>
    record(persisted ? 'pageshow from cache' : 'pageshow'),
  )
  for (const event of ['freeze', 'resume']) document.addEventListener(event, () => record(event))
}

async function freeze(page: Page, devtools: CDPSession): Promise<void> {
  // A visible page is not frozen, and the command says nothing about that.
  await hidden(page)
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
  await happened(page, 'freeze')
}

function hidden(page: Page): Promise<void> {
  return until('the tab is hidden', () =>
    page.evaluate(() => document.visibilityState === 'hidden'),
  )
}

async function goOnline(page: Page): Promise<void> {
  await page.setOfflineMode(false)
  await until('the network is back', () =>
    page.evaluate(() =>
      fetch(location.href).then(
        () => true,
        () => false,
      ),
    ),
  )
  // The emulation announces the network a moment before it lets requests through.
  await page.evaluate(() => dispatchEvent(new Event('online')))
}

function happened(page: Page, moment: string): Promise<void> {
  return until(`the last that happened to the tab is "${moment}"`, () =>
    page.evaluate((wanted) => window.moments.at(-1) === wanted, moment),
  )
}
