import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ExpiryCause } from '../../src/index.ts'
import { serve } from '../support/article-server.ts'
import { launchBrowser } from './engines/browser.ts'
import { puppeteerOf } from './engines/chromium.ts'
import { can, needs } from './engines/engines.ts'
import type { Browser, Page } from './engines/tab.ts'
import { fixture } from './support/serve-page.ts'
import { until } from '../support/patience.ts'

declare const axe: { run(): Promise<AxeResults> }

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const ends: (() => Promise<void>)[] = []
let url: string
let browser: Browser
let isServerUp: boolean

beforeAll(async () => {
  const server = await serve(await createSite())
  ends.push(server.close)
  url = server.url
  browser = await launchBrowser({ onFinished: (end) => ends.push(end) })
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})
beforeEach(() => {
  isServerUp = true
})

describe.each(['light', 'dark'] as const)('in %s colours', (scheme) => {
  test.for(['idle', 'session-limit'] as const)(
    'axe finds nothing to object to before the end for %s, wide or narrow',
    async (cause, context) => {
      if (scheme === 'dark') needs(context, 'media features')
      const page = await open()
      if (can('media features')) await page.prefer('prefers-color-scheme', scheme)
      await warn(page, { cause })
      await page.evaluate(AXE)
      for (const width of can('narrow windows') ? [1200, 320] : [1200]) {
        await page.setViewport({ width, height: 480 })
        expect(await objections(page)).toEqual([])
        const { left, right, isScrolled } = await box(page)
        expect(left).toBeGreaterThan(0)
        expect(right).toBeLessThan(width)
        expect(isScrolled).toBe(false)
      }
    },
  )
})

describe('with the keyboard alone', () => {
  test('one stays with Enter, and writes on', async () => {
    const page = await open()
    await page.focus('#note')
    await page.keyboard.type('ab')
    await warn(page)
    expect(await focused(page)).toBe('stay')
    const reached: string[] = []
    for (let stop = 0; stop < 6; stop++) {
      await page.keyboard.press('Tab')
      reached.push(await focused(page))
    }
    expect(reached).toEqual(expect.arrayContaining(['stay', 'logout']))
    expect(reached).not.toContain('note')

    await tabTo(page, 'stay')
    await page.keyboard.press('Enter')
    await until('the dialog is closed', async () => !(await isOpen(page)))
    expect(await focused(page)).toBe('note')
    await page.keyboard.type('c')
    expect(await page.$eval('#note', (note) => (note as HTMLTextAreaElement).value)).toBe('abc')
  })

  test('one stays with Escape, as often as it takes while the server is away', async () => {
    const page = await open('?momentMs=100&maxWaitMs=50')
    isServerUp = false
    await page.evaluate(() => window.dialogPage.logIn())
    await until('the dialog is open', () => isOpen(page))
    for (let time = 0; time < 3; time++) {
      await page.keyboard.press('Escape')
      await until('the server was asked in vain', () => isShown(page, 'problem'))
      expect(await isOpen(page)).toBe(true)
    }
    expect(await page.evaluate(() => window.dialogPage.closings)).toBe(0)
    expect(await focused(page)).toBe('stay')
  })

  test('one does not press anything unread by writing on, and closes what cannot be helped', async () => {
    const page = await open()
    await page.focus('#note')
    await warn(page, { cause: 'session-limit' })
    await page.keyboard.type('one more line\n')
    expect(await isOpen(page)).toBe(true)
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('close')
    await page.keyboard.press('Enter')
    expect(await isOpen(page)).toBe(false)
    expect(await focused(page)).toBe('note')
    expect(await page.evaluate(() => window.dialogPage.session.state.status)).toBe('logged-in')
  })

  test('one logs out', async () => {
    const page = await open()
    await warn(page)
    await tabTo(page, 'logout')
    await page.keyboard.press('Space')
    await until('nobody is signed in', () =>
      page.evaluate(() => window.dialogPage.session.state.status === 'logged-out'),
    )
    expect(await isOpen(page)).toBe(false)
  })
})

describe('a screen reader', () => {
  test('is told what is happening, when, and what to do', async (context) => {
    needs(context, 'the accessibility tree')
    const page = await open()
    await warn(page, { inMs: 45_000 })
    expect(await described(page)).toEqual([
      'Your session is about to end',
      'You will be logged out in 45 seconds. Do you want to stay logged in?',
    ])
    await warn(page, { cause: 'session-limit', inMs: 40_000 })
    expect(await described(page)).toEqual([
      'Your session is about to end',
      'You will be logged out in 40 seconds. Save your work now.',
    ])
  })

  test('is told at 60, 30, 20 and 10 seconds, while the countdown ticks for the eye', async (context) => {
    needs(context, 'virtual time')
    const page = await open()
    await warn(page, { inMs: 125_000 })
    await pass(page, 124_500)
    expect(await page.evaluate(() => window.dialogPage.heard)).toEqual(
      [60, 30, 20, 10].map((seconds) => `You will be logged out in ${seconds} seconds.`),
    )
    expect(await page.evaluate(() => window.dialogPage.ticks)).toBe(125)
  })
})

test('who stays in one tab closes the dialog in the others', async () => {
  // Longer than the server can take to answer, or it is a moment ago by then that somebody wished to stay.
  const address = '?momentMs=3000'
  const hidden = await open(address)
  await hidden.evaluate(() => window.dialogPage.logIn())
  const page = await open(address)
  for (const tab of [hidden, page]) await until('the dialog is open', () => isOpen(tab))
  await page.keyboard.press('Enter')
  for (const tab of [hidden, page])
    await until('the dialog was closed', () => tab.evaluate(() => window.dialogPage.closings > 0))
})

test('two dialogs for one session open and close together, and leave the page as it was', async () => {
  const page = await open()
  await page.evaluate(() => {
    const second = document.createElement('session-dialog')
    second.session = window.dialogPage.session
    document.body.append(second)
  })
  await page.focus('#note')
  await warn(page)
  await page.keyboard.press('Enter')
  await until('the dialog is closed', async () => !(await isOpen(page)))
  expect(await focused(page)).toBe('note')
  await page.keyboard.type('a')
  expect(await page.$eval('#note', (note) => (note as HTMLTextAreaElement).value)).toBe('a')
})

test('an open dialog that is moved in the page stays a modal one', async () => {
  const page = await open()
  await warn(page)
  const isModal = await page.$eval('session-dialog', (element) => {
    document.querySelector('main')?.append(element)
    return element.shadowRoot?.querySelector('dialog')?.matches(':modal')
  })
  expect(isModal).toBe(true)
  expect(await focused(page)).toBe('stay')
})

test('it is as high as what it holds, however high the window is', async () => {
  const page = await open()
  await page.setViewport({ width: 1200, height: 900 })
  await warn(page)
  const height = await page.$eval(
    'session-dialog',
    ({ shadowRoot }) => shadowRoot?.querySelector('dialog')?.getBoundingClientRect().height ?? 0,
  )
  expect(height).toBeGreaterThan(0)
  expect(height).toBeLessThan(450)
})

test('the page may forbid inline styles and HTML out of strings', async () => {
  const page = await open()
  await warn(page)
  expect(await style(page, 'dialog', 'display')).toBe('grid')
  expect(await page.evaluate(() => window.dialogPage.forbidden)).toEqual([])
})

test('nothing moves, whatever its user prefers', async () => {
  const page = await open()
  if (can('media features')) await page.prefer('prefers-reduced-motion', 'no-preference')
  await warn(page)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

test.each(['ltr', 'rtl'])('%s text begins where it does on the page', async (direction) => {
  const page = await open()
  await page.evaluate((dir) => (document.documentElement.dir = dir), direction)
  await warn(page)
  const { fromLeft, fromRight } = await page.$eval('session-dialog', ({ shadowRoot }) => {
    const countdown = shadowRoot?.getElementById('countdown')
    if (!countdown) throw new Error('There is no countdown')
    const text = document.createRange()
    text.selectNodeContents(countdown)
    const [line, area] = [text.getBoundingClientRect(), countdown.getBoundingClientRect()]
    return { fromLeft: line.left - area.left, fromRight: area.right - line.right }
  })
  const [begin, end] = direction === 'ltr' ? [fromLeft, fromRight] : [fromRight, fromLeft]
  expect(begin).toBeLessThan(1)
  expect(end).toBeGreaterThan(10)
})

test('its colours are those of the page, until the page gives it others', async (context) => {
  needs(context, 'media features')
  const page = await open()
  await page.prefer('prefers-color-scheme', 'dark')
  await warn(page)
  const background = await style(page, 'dialog', 'background-color')
  expect(brightness(background)).toBeLessThan(0.2)
  await page.evaluate(() => (document.documentElement.style.colorScheme = 'light'))
  expect(brightness(await style(page, 'dialog', 'background-color'))).toBe(1)

  await page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`
      session-dialog { --session-dialog-background: rgb(1 2 3); --session-dialog-accent: rgb(4 5 6) }
      session-dialog::part(logout) { text-transform: uppercase }
    `)
    document.adoptedStyleSheets = [sheet]
  })
  expect(await style(page, 'dialog', 'background-color')).toBe('rgb(1, 2, 3)')
  expect(await style(page, '#stay', 'background-color')).toBe('rgb(4, 5, 6)')
  expect(await style(page, '#logout', 'text-transform')).toBe('uppercase')
})

test('in forced colours a button can be told from what is around it', async (context) => {
  needs(context, 'media features')
  const page = await open()
  await page.prefer('forced-colors', 'active')
  await warn(page)
  const around = await style(page, 'dialog', 'background-color')
  for (const button of ['#stay', '#logout'])
    expect(await style(page, button, 'border-top-color')).not.toBe(around)
})

/** The page, under a policy that allows its script and nothing else, and a server that renews for everybody. */
async function createSite(): Promise<Pick<Hono, 'fetch'>> {
  const html = await fixture('dialog-page.ts')
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'`
  return new Hono()
    .get('/', (c) => c.html(html, 200, { 'content-security-policy': policy }))
    .post('/auth/refresh', (c) =>
      isServerUp ? c.json({ access_token: 'secret', expires_in: 3_600 }) : c.body(null, 503),
    )
}

/** A tab in front of the others. */
async function open(query = ''): Promise<Page> {
  const { page, close } = await browser.open(`${url}/${query}`)
  onTestFinished(close)
  await page.evaluate(() => window.dialogPage.session.ready)
  return page
}

async function warn(
  page: Page,
  options: { readonly cause?: ExpiryCause; readonly inMs?: number } = {},
): Promise<void> {
  await page.evaluate((options) => window.dialogPage.warn(options), options)
  expect(await isOpen(page)).toBe(true)
}

/** Lets this much time pass in the page, as fast as it can. */
async function pass(page: Page, ms: number): Promise<void> {
  const devtools = await puppeteerOf(page).createCDPSession()
  const isOver = new Promise((resolve) =>
    devtools.once('Emulation.virtualTimeBudgetExpired', resolve),
  )
  await devtools.send('Emulation.setVirtualTimePolicy', { policy: 'advance', budget: ms })
  await isOver
}

function isOpen(page: Page): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }) => shadowRoot?.querySelector('dialog')?.matches(':modal') ?? false,
  )
}

function isShown(page: Page, id: string): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }, id) => shadowRoot?.getElementById(id)?.checkVisibility() ?? false,
    id,
  )
}

/** Presses Tab until the focus is there. Throws if it never is. */
async function tabTo(page: Page, id: string): Promise<void> {
  // More than there are stops in the dialog and in the browser around it.
  for (let presses = 0; presses < 20; presses++) {
    if ((await focused(page)) === id) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${id}`)
}

/** The id of what has the focus, on the page or in the dialog. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document
    return (activeElement?.shadowRoot?.activeElement ?? activeElement)?.id ?? ''
  })
}

function style(page: Page, selector: string, property: string): Promise<string> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }, selector, property) => {
      const element = shadowRoot?.querySelector(selector)
      return element ? getComputedStyle(element).getPropertyValue(property) : ''
    },
    selector,
    property,
  )
}

/** From 0, black, to 1, white. */
function brightness(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number)
  return (red + green + blue) / (3 * 255)
}

function box(page: Page): Promise<{ left: number; right: number; isScrolled: boolean }> {
  return page.$eval('session-dialog', ({ shadowRoot }) => {
    const dialog = shadowRoot?.querySelector('dialog')
    if (!dialog) throw new Error('There is no dialog')
    const { left, right } = dialog.getBoundingClientRect()
    return { left, right, isScrolled: dialog.scrollHeight > dialog.clientHeight }
  })
}

/** The name and the description of the dialog, as assistive technology gets them. */
async function described(page: Page): Promise<[name: unknown, description: unknown]> {
  const devtools = await puppeteerOf(page).createCDPSession()
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  const dialog = nodes.find(({ role }) => role?.value === 'alertdialog')
  return [dialog?.name?.value, dialog?.description?.value]
}

/** What axe finds wrong, in a form that a failed test can show. */
async function objections(page: Page): Promise<unknown[]> {
  const { violations } = await page.evaluate(() => axe.run())
  return violations.map(({ id, nodes }) => ({
    id,
    nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })),
  }))
}
