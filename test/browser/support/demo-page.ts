// The demo's own page: how a test starts it, signs in on it and inspects it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { MiddlewareHandler } from 'hono'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Config } from '../../../demo/config.ts'
import type { Database } from '../../../demo/database/database.ts'
import { faults } from '../../../demo/page/faults.ts'
import type { LogEntry } from '../../../demo/server/log.ts'
import { createPage } from '../../../demo/page/page.ts'
import { startServer } from '../../../demo/start-server.ts'
import { openPGlite } from '../../support/pglite.ts'
import { can } from '../engines/engines.ts'
import type { Context, Page, Tab } from '../engines/tab.ts'
import { until } from '../../support/patience.ts'
import { preludes, withPrelude } from './preludes.ts'

declare const axe: { run(): Promise<AxeResults> }

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const PASSWORD = 'correct horse battery'

export interface Demo {
  readonly url: string
  readonly log: readonly LogEntry[]
  readonly database: Database
}

/** The colours and the width with which a test views the page. */
export interface Look {
  readonly name: string
  readonly scheme: 'light' | 'dark'
  readonly width: number
}

const SCHEMES = can('media features') ? (['light', 'dark'] as const) : (['light'] as const)
const WIDTHS = can('narrow windows') ? [1200, 375] : [1200]

export const LOOKS: readonly Look[] = SCHEMES.flatMap((scheme) =>
  WIDTHS.map((width) => ({ name: `${scheme}, ${String(width)} px`, scheme, width })),
)

/** Starts a demo for the test that is running. */
export type StartDemo = (settings?: DemoSettings) => Promise<Demo>

export interface DemoSettings extends Partial<Config> {
  /** Sees each request before the server does. */
  readonly before?: readonly MiddlewareHandler[]
}

/** Prepares, once for a file of tests, what its demos need. All of them share a database. */
export function useDemo(): StartDemo {
  let database: Database
  let page: Awaited<ReturnType<typeof createPage>>
  beforeAll(async () => {
    ;[database, page] = await Promise.all([openPGlite(), createPage()])
  })
  afterAll(() => database.close())

  return async ({ before = [], ...settings } = {}) => {
    const log: LogEntry[] = []
    const server = await startServer({
      port: 0,
      database,
      graceS: 0,
      passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
      attemptsPerAddress: 1_000_000,
      keyEncryptionKeys: [new Uint8Array(32)],
      log: (entry) => log.push(entry),
      before: [preludes, ...before, faults],
      routes: page,
      ...settings,
    })
    onTestFinished(() => server.close())
    return { url: server.url, log, database }
  }
}

/** Opens the page and signs in with the button `submit`. `before` runs in each page of the tab, before its scripts. */
export async function signIn(
  browser: Context,
  address: string,
  username: string,
  submit: string,
  before: readonly (() => void)[] = [],
): Promise<Tab> {
  const tab = await browser.open(before.length > 0 ? withPrelude(address, ...before) : address)
  await until('the form is there', () => isShown(tab.page, '#sign-in'))
  await tab.page.type('[name=username]', username)
  await tab.page.type('[name=password]', PASSWORD)
  await press(tab.page, submit)
  await until('the user is signed in', () => isShown(tab.page, '#log-out'))
  return tab
}

/** Clicks the element by script, since a hidden tab gets no input. */
export function press(page: Page, selector: string): Promise<void> {
  return page.$eval(selector, (element) => (element as HTMLElement).click())
}

/** Whether the element is visible. Throws if no element matches. */
export function isShown(page: Page, selector: string): Promise<boolean> {
  return page.$eval(selector, (element) => element.checkVisibility())
}

/** Sets the window's width, and the preferred colours where the engine can. */
export async function applyLook(page: Page, { scheme, width }: Look): Promise<void> {
  await page.setViewport({ width, height: 800 })
  if (can('media features')) await page.prefer('prefers-color-scheme', scheme)
}

/** What axe finds wrong on the page, in a form that a failed test can show. */
export async function axeViolations(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => axe.run())
  return violations.map(({ id, nodes }) => ({
    id,
    nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })),
  }))
}
