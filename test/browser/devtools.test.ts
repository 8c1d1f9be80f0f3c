import { createHash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { serveHtml } from '../bench/support/serve-html.ts'
import { until } from '../support/patience.ts'
import { useBrowser } from './engines/browser.ts'
import type { Context, Page } from './engines/tab.ts'
import { applyLook, axeViolations, LOOKS } from './support/demo-page.ts'
import { pressInTools, toolsAttribute, toolsText } from './support/devtools.ts'
import { fixture } from './support/serve-page.ts'

const newContext = useBrowser()

/** Serves the page under a policy that allows its script and nothing else. */
async function serve(): Promise<string> {
  const html = await fixture('devtools-page.ts')
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'`
  return serveHtml(html, onTestFinished, { 'content-security-policy': policy })
}

async function open(context: Context, url: string): Promise<Page> {
  const { page } = await context.open(url)
  await until('the tools are there', () =>
    page.evaluate(() => document.querySelector('session-devtools') !== null),
  )
  return page
}

/** Opens the tools and all that can be opened in them. */
async function openTools(page: Page): Promise<void> {
  await page.bringToFront()
  await pressInTools(page, '#toggle')
  await pressInTools(page, '#words summary')
  await pressInTools(page, '#known summary')
}

test('axe finds no violation in the open tools, in light and dark colours, in wide and narrow windows, and the policy of the page none either', async () => {
  const page = await open(await newContext(), await serve())
  await page.evaluate(() => window.devtoolsPage.logIn())
  await page.evaluate(() => window.devtoolsPage.call())
  await openTools(page)
  await until('the tools show the call', async () =>
    (await toolsText(page, '#list')).includes('GET /api/me: 200'),
  )
  for (const look of LOOKS) {
    await applyLook(page, look)
    expect(await axeViolations(page), look.name).toEqual([])
    const { left, right } = await page.$eval('session-devtools', ({ shadowRoot }) => {
      const { left = NaN, right = NaN } =
        shadowRoot?.querySelector('#panel')?.getBoundingClientRect() ?? {}
      return { left, right: innerWidth - right }
    })
    expect(left, look.name).toBeGreaterThan(0)
    expect(right, look.name).toBeGreaterThan(0)
  }
  expect(await page.evaluate(() => window.devtoolsPage.forbidden)).toEqual([])
})

test('a mishap that is caused in one tab happens in the other, and both are told of it', async () => {
  const [context, url] = [await newContext(), await serve()]
  const [one, two] = [await open(context, url), await open(context, url)]
  await one.evaluate(() => window.devtoolsPage.logIn())
  await until(
    'the other tab is signed in',
    async () => (await two.evaluate(() => window.devtoolsPage.call())) === 200,
  )
  await openTools(one)
  await pressInTools(one, '#offline')
  await until(
    'the other tab is offline',
    async () => (await two.evaluate(() => window.devtoolsPage.call())) === 'TypeError',
  )
  expect(await toolsAttribute(two, '#offline', 'aria-pressed')).toBe('true')
  await until('the first tab shows the call that failed', async () =>
    /Tab \d+: GET \/api\/me: no answer/.test(await toolsText(one, '#list')),
  )
  await pressInTools(one, '#offline')
  await until(
    'the other tab is online',
    async () => (await two.evaluate(() => window.devtoolsPage.call())) === 200,
  )
})

test('an exported day holds no token of any tab, and is shown again when it is imported', async () => {
  const [context, url] = [await newContext(), await serve()]
  const [one, two] = [await open(context, url), await open(context, url)]
  await one.evaluate(() => window.devtoolsPage.logIn())
  await until(
    'the other tab is signed in',
    async () => (await two.evaluate(() => window.devtoolsPage.call())) === 200,
  )
  await openTools(one)
  await pressInTools(one, '#expire')
  expect(await one.evaluate(() => window.devtoolsPage.call())).toBe(200)
  await one.evaluate(() => window.devtoolsPage.logOut())
  await until('the other tab is signed out', async () =>
    /Tab \d+: ended: the user logged out, by another tab/.test(await toolsText(one, '#list')),
  )
  await pressInTools(one, '#save')
  await until('there is a file', () => one.evaluate(() => window.devtoolsPage.files.length > 0))
  const file = await one.evaluate(() => window.devtoolsPage.files[0]?.text() ?? '')
  const tokens = [
    ...(await one.evaluate(() => window.devtoolsPage.tokens)),
    ...(await two.evaluate(() => window.devtoolsPage.tokens)),
  ]
  expect(tokens.length).toBeGreaterThanOrEqual(4)
  for (const secret of [...tokens, 'sid-secret']) expect(file).not.toContain(secret)
  const { diagnostics } = JSON.parse(file) as { readonly diagnostics: object }
  expect(Object.keys(diagnostics)).toHaveLength(2)

  const other = await open(await newContext(), await serve())
  await openTools(other)
  await other.$eval(
    'session-devtools',
    ({ shadowRoot }, file) => {
      const input = shadowRoot?.querySelector<HTMLInputElement>('#file')
      const chosen = new DataTransfer()
      chosen.items.add(new File([file], 'day.json', { type: 'application/json' }))
      if (input) input.files = chosen.files
      input?.dispatchEvent(new Event('change'))
    },
    file,
  )
  await until('the story of the file is told', async () =>
    /because the user logged out\.\s*Tab \d+ ended it\./.test(await toolsText(other, '#story')),
  )
  expect(await toolsText(other, '#imported')).toContain('This is the day of a file')
})

test('Alt+Shift+L opens and closes the tools', async () => {
  const page = await open(await newContext(), await serve())
  const shortcut = () =>
    page.evaluate(() =>
      document.dispatchEvent(
        new KeyboardEvent('keydown', { altKey: true, shiftKey: true, code: 'KeyL', key: 'L' }),
      ),
    )
  expect(await toolsText(page, '#panel')).toBe('')
  await shortcut()
  expect(await toolsText(page, '#panel')).toContain('All tabs of this session')
  await shortcut()
  expect(await toolsText(page, '#panel')).toBe('')
})
