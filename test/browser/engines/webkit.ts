// WebKitGTK's MiniBrowser, driven by WebKitWebDriver.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitForPageEvent, waitUntilHidden } from './page-events.ts'
import type { Browser, Tab } from './tab.ts'
import { startWebDriver } from './webdriver.ts'
import { createWebKitPage } from './webkit-page.ts'

const DRIVER = '/usr/bin/WebKitWebDriver'

/**
 * Starts a WebKit that draws on an X display. Its tabs are windows, of which all but one are minimised, because no
 * command brings a hidden tab of WebKitGTK to the front. For a page a minimised window is the same as a hidden tab.
 */
export async function startWebKit(display: string): Promise<Browser> {
  const runtime = mkdtempSync(join(tmpdir(), 'latchkey-webkit-'))
  const driver = await startWebDriver(
    DRIVER,
    {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
    },
    {
      ...process.env,
      DISPLAY: display,
      XDG_RUNTIME_DIR: runtime,
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
  )
  // The window with which the browser starts stays open and empty, because the session ends with its last window.
  const empty = String(await driver.send('GET', '/window'))
  const close = async (): Promise<void> => {
    await driver.end()
    rmSync(runtime, { recursive: true, force: true })
  }
  let front: string | undefined
  async function toFront(window: string): Promise<void> {
    if (front === window) return
    const behind = front
    front = window
    const rect = await driver.sendTo(window, 'GET', '/window/rect')
    await driver.sendTo(window, 'POST', '/window/rect', rect)
    if (behind !== undefined) await driver.sendTo(behind, 'POST', '/window/minimize')
  }

  async function openTab(url: string): Promise<Tab> {
    const opened = await driver.sendTo(empty, 'POST', '/window/new', { type: 'window' })
    const { handle } = opened as { readonly handle: string }
    await toFront(handle)
    const page = createWebKitPage(driver, handle, () => toFront(handle))
    await page.goto(url)
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
      goOffline: cannot('go offline'),
      goOnline: cannot('go online'),
      crash: cannot('lose the process of a tab'),
      async close() {
        await driver.sendTo(handle, 'DELETE', '/window')
        if (front === handle) front = undefined
      },
    }
  }

  let opening: Promise<unknown> = Promise.resolve()
  return {
    open(url) {
      // One after the other, so that the tab that was opened last is in front.
      const tab = opening.then(() => openTab(url))
      opening = tab.catch(() => undefined)
      return tab
    },
    close,
    kill: close,
  }
}

function cannot(what: string): () => Promise<never> {
  return () => Promise.reject(new Error(`WebKit cannot ${what}`))
}

function miniBrowser(): string {
  const library = '/usr/lib'
  const found = readdirSync(library)
    .map((architecture) => join(library, architecture, 'webkit2gtk-4.1', 'MiniBrowser'))
    .find((file) => existsSync(file))
  if (found === undefined)
    throw new Error('MiniBrowser of the package webkit2gtk-driver is missing')
  return found
}
