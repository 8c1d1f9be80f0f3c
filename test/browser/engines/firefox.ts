import puppeteer, { type Browser as PuppeteerBrowser, type BrowserContext } from 'puppeteer-core'
import { patienceMs, until } from '../../support/patience.ts'
import { waitForPageEvent, waitUntilHidden, waitUntilOnline } from './page-events.ts'
import { kill, processesBelow } from './processes.ts'
import { adapt } from './puppeteer-page.ts'
import type { Context, Refusal, StartOptions, Tab } from './tab.ts'

const EXECUTABLE = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr'

/** The limit of a command. One that hangs would otherwise fail its test with a time limit that does not name the command. */
const COMMAND_MS = 40_000

/** One process per tab, so that a tab can crash alone, and none in advance, so that a new process belongs to the new tab. */
const ONE_PROCESS_A_TAB = {
  'dom.ipc.processCount': 16,
  'dom.ipc.processCount.webIsolated': 16,
  'dom.ipc.processPrelaunch.enabled': false,
  'dom.ipc.keepProcessesAlive.webIsolated.max': 0,
}

const REFUSING: Readonly<Record<Refusal, Readonly<Record<string, unknown>>>> = {
  'site data': { 'network.cookie.cookieBehavior': 2 },
  localStorage: { 'dom.storage.enabled': false },
  // Since Firefox 153 at the latest there is only a setting for private windows.
  IndexedDB: {
    'browser.privatebrowsing.autostart': true,
    'dom.indexedDB.privateBrowsing.enabled': false,
  },
}

/** Starts a Firefox, and does not end it. */
export function startFirefox({
  profile,
  refuses,
  isPrivate = false,
}: StartOptions): Promise<PuppeteerBrowser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: EXECUTABLE,
    headless: true,
    protocolTimeout: patienceMs(COMMAND_MS),
    extraPrefsFirefox: {
      ...ONE_PROCESS_A_TAB,
      ...(refuses && REFUSING[refuses]),
      ...(isPrivate && { 'browser.privatebrowsing.autostart': true }),
    },
    ...(profile !== undefined && { userDataDir: profile }),
  })
}

/** Opens tabs in a context of a running Firefox, one after the other. */
export function firefoxContext(browser: PuppeteerBrowser, context: BrowserContext): Context {
  let opening: Promise<unknown> = Promise.resolve()
  return {
    open(url) {
      const tab = opening.then(() => openTab(browser, context, url))
      opening = tab.catch(() => undefined)
      return tab
    },
  }
}

async function openTab(
  browser: PuppeteerBrowser,
  context: BrowserContext,
  url: string,
): Promise<Tab> {
  const before = new Set(tabProcesses(browser))
  const puppeteer = await context.newPage()
  const page = adapt(puppeteer)
  await page.goto(url)
  const started = tabProcesses(browser).filter((pid) => !before.has(pid))
  const cannot = (what: string) => () => Promise.reject(new Error(`Firefox cannot ${what}`))
  return {
    page,
    waitUntilHidden: () => waitUntilHidden(page),
    freeze: cannot('freeze a page'),
    thaw: cannot('thaw a page'),
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
    async crash() {
      const running = tabProcesses(browser)
      // A page that goes to another site gets another process: the newest one is the tab's own.
      const own = started.findLast((pid) => running.includes(pid))
      if (own === undefined) throw new Error('The process of the tab is not known')
      kill(own)
      await until('the process has ended', () => !tabProcesses(browser).includes(own))
    },
    close: () => puppeteer.close(),
  }
}

function tabProcesses(browser: PuppeteerBrowser): number[] {
  return processesBelow(browser.process()?.pid ?? NaN, / tab$/)
}
