import type { Browser as PuppeteerBrowser } from 'puppeteer-core'
import { onTestFinished } from 'vitest'
import { chromiumContext, killChromium, startChromium } from './chromium.ts'
import { engine } from './engines.ts'
import { firefoxContext, startFirefox } from './firefox.ts'
import type { Browser, Context, StartOptions } from './tab.ts'
import { startWebKit } from './webkit.ts'

/** Makes a context for the test that is running, which is gone with the test. */
export type NewContext = () => Promise<Context>

/** The browser that all files of tests in this process share: starting one takes as long as many a story. */
let shared: Promise<PuppeteerBrowser> | undefined

/**
 * Gives each story a context in a browser that runs already. A context keeps in memory what it stores, so that a slow disk is
 * no part of the story. Stories that are about the disk start a browser each: {@link launchBrowser}.
 */
export function useBrowser(): NewContext {
  return async () => {
    // An automated WebKit has one context. It starts so fast that each story has its own.
    if (engine === 'webkit') return launchBrowser()
    const browser = await running()
    const context = await browser.createBrowserContext()
    onTestFinished(() => context.close())
    return engine === 'firefox' ? firefoxContext(browser, context) : chromiumContext(context)
  }
}

export interface LaunchOptions extends StartOptions {
  /** Takes what ends the browser. @default ends it with the story that is running */
  readonly onFinished?: (end: () => Promise<void>) => void
}

/** Starts a browser of its own. */
export async function launchBrowser({
  onFinished = onTestFinished,
  ...options
}: LaunchOptions = {}): Promise<Browser> {
  if (engine === 'webkit') {
    const webkit = await startWebKit()
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
  // A story has crashed it.
  shared = start()
  return shared
}

function start(options: StartOptions = {}): Promise<PuppeteerBrowser> {
  return engine === 'firefox' ? startFirefox(options) : startChromium(options)
}
