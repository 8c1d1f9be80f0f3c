import type { Browser as PuppeteerBrowser } from 'puppeteer-core'
import { inject, onTestFinished } from 'vitest'
import { chromiumContext, killChromium, startChromium } from './chromium.ts'
import { engine } from './engines.ts'
import { firefoxContext, startFirefox } from './firefox.ts'
import type { Browser, Context, StartOptions } from './tab.ts'
import { startWebKit } from './webkit.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The X display on which WebKitGTK draws. */
    readonly display: string
  }
}

/** Creates a context for the running test, and closes it after the test. */
export type NewContext = () => Promise<Context>

/** The browser that all files of tests in this process share, because starting one takes as long as many a test. */
let shared: Promise<PuppeteerBrowser> | undefined

/**
 * Gives each test a context in a browser that already runs. A context stores everything in memory, so a slow disk has no
 * influence. A test that needs the disk starts its own browser with {@link launchBrowser}.
 */
export function useBrowser(): NewContext {
  return async () => {
    // An automated WebKit has one context, and starts so fast that each test can have its own browser.
    if (engine === 'webkit') return launchBrowser()
    const browser = await running()
    const context = await browser.createBrowserContext()
    onTestFinished(() => context.close())
    return engine === 'firefox' ? firefoxContext(browser, context) : chromiumContext(context)
  }
}

export interface LaunchOptions extends StartOptions {
  /** Gets the function that ends the browser. @default calls it when the running test has finished */
  readonly onFinished?: (end: () => Promise<void>) => void
}

/** Starts a browser that no other test uses. */
export async function launchBrowser({
  onFinished = onTestFinished,
  ...options
}: LaunchOptions = {}): Promise<Browser> {
  if (engine === 'webkit') {
    const webkit = await startWebKit(inject('display'))
    onFinished(webkit.close)
    return webkit
  }
  const browser = await start(options)
  const close = async (): Promise<void> => {
    if (browser.connected) await browser.close()
  }
  onFinished(close)
  const context = browser.defaultBrowserContext()
  const { open } =
    engine === 'firefox' ? firefoxContext(browser, context) : chromiumContext(context)
  return { open, close, kill: () => killChromium(browser) }
}

async function running(): Promise<PuppeteerBrowser> {
  shared ??= start()
  const browser = await shared
  if (browser.connected) return browser
  // A test has crashed it.
  shared = start()
  return shared
}

function start(options: StartOptions = {}): Promise<PuppeteerBrowser> {
  return engine === 'firefox' ? startFirefox(options) : startChromium(options)
}
