import { createHash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { serveHtml } from '../bench/support/serve-html.ts'
import { until } from '../support/patience.ts'
import { useBrowser } from './engines/browser.ts'
import type { Page } from './engines/tab.ts'
import { axeViolations } from './support/demo-page.ts'
import { fixture } from './support/serve-page.ts'

const newContext = useBrowser()

/** Serves the page at every path, under a policy that allows its script and nothing else: there is no backend to ask. */
async function serve(): Promise<string> {
  const html = await fixture('mock-page.ts')
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; img-src data:; require-trusted-types-for 'script'`
  return serveHtml(html, onTestFinished, { 'content-security-policy': policy })
}

/** Chooses in the panel of the page who is signed in. */
function pick(page: Page, sub: string): Promise<void> {
  return page.$eval(
    'session-mock',
    ({ shadowRoot }, sub) => {
      const select = shadowRoot?.querySelector('select')
      if (!select) throw new Error('There is no choice of users')
      select.value = sub
      select.dispatchEvent(new Event('change'))
    },
    sub,
  )
}

function isSignedIn(page: Page, subject: string | null): Promise<void> {
  return until(`${String(subject)} is signed in`, () =>
    page.evaluate((subject) => window.mockPage.session.state.subject === subject, subject),
  )
}

function isDialogOpen(page: Page): Promise<boolean> {
  return page.$eval(
    'session-dialog',
    ({ shadowRoot }) => shadowRoot?.querySelector('dialog')?.open ?? false,
  )
}

test('without a backend, a user is signed in, warned and signed out in all tabs, and after a reload', async () => {
  const [context, url] = [await newContext(), await serve()]
  const one = (await context.open(url)).page
  const two = (await context.open(url)).page
  await pick(one, 'alice')
  for (const page of [one, two]) await isSignedIn(page, 'alice')
  await one.reload()
  await isSignedIn(one, 'alice')

  await one.evaluate(() =>
    document.dispatchEvent(
      new KeyboardEvent('keydown', { altKey: true, shiftKey: true, code: 'KeyW', key: 'W' }),
    ),
  )
  for (const page of [one, two]) await until('the dialog is open', () => isDialogOpen(page))
  expect(await two.evaluate(() => window.mockPage.session.extend())).toMatchObject({ ok: true })
  for (const page of [one, two])
    await until('the dialog is closed', async () => !(await isDialogOpen(page)))

  await pick(two, 'bob')
  for (const page of [one, two]) await isSignedIn(page, 'bob')
  expect(await axeViolations(one)).toEqual([])
  await pick(one, '')
  for (const page of [one, two]) await isSignedIn(page, null)
  for (const page of [one, two])
    expect(await page.evaluate(() => window.mockPage.forbidden)).toEqual([])
})
