import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { end, start } from '../../docs/examples/examples.mjs'
import { chromiumContext, puppeteerOf, startChromium } from '../browser/engines/chromium.ts'
import type { Page, Tab } from '../browser/engines/tab.ts'
import { until, within } from '../support/patience.ts'

/** An example that runs, and a browser. */
export interface RunningExample {
  readonly url: string
  /** Opens a path of the example in a new tab, and waits until it shows something. */
  open(path: string): Promise<Tab>
  /** Lets time pass at the backend and in tabs that are opened from now on. Tabs that are open do not notice it. */
  pass(ms: number): Promise<void>
  /** The status of each answer to a request to `path`, from any tab. */
  answersTo(path: string): readonly number[]
  /** What the pages threw and did not catch. */
  readonly errors: readonly string[]
}

const START_MS = 60_000

/** Servers are no group of this process, so a Ctrl-C does not reach them. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const server of running) end(server, 'SIGKILL')
})

/** Starts an example with a backend whose clock can be moved. */
export async function startExample(
  name: string,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<RunningExample> {
  const [port, backendPort] = [await freePort(), await freePort()]
  let backend: ChildProcess | undefined
  const started = start(name, process.env, {
    port,
    backendPort,
    backend: {
      execArgv: ['--import', new URL('../servers/clock.mjs', import.meta.url).href],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
    onStarted(servers) {
      ;[backend] = servers
      for (const server of servers) {
        running.add(server)
        server.once('exit', () => running.delete(server))
      }
      onFinished(async () => {
        const alive = servers.filter(
          ({ exitCode, signalCode }) => (exitCode ?? signalCode) === null,
        )
        const exits = alive.map((server) => once(server, 'exit'))
        for (const server of alive) end(server, 'SIGKILL')
        await Promise.all(exits)
      })
    },
  })
  const url = await within(`the example "${name}" answers`, started, START_MS)

  const chromium = await startChromium()
  onFinished(() => chromium.close())
  const context = chromiumContext(await chromium.createBrowserContext())
  const answers: { readonly path: string; readonly status: number }[] = []
  const errors: string[] = []
  let aheadMs = 0

  return {
    url,
    errors,
    async open(path) {
      const tab = await context.open('about:blank')
      const puppeteer = puppeteerOf(tab.page)
      puppeteer.on('response', (response) => {
        answers.push({ path: new URL(response.url()).pathname, status: response.status() })
      })
      puppeteer.on('pageerror', (error) => errors.push(String(error)))
      await puppeteer.evaluateOnNewDocument((ms) => {
        const { now } = Date
        Date.now = () => now() + ms
      }, aheadMs)
      await tab.page.goto(new URL(path, url).href)
      await until('the page shows something', async () => (await textOf(tab.page)) !== '')
      return tab
    },
    async pass(ms) {
      assert(backend)
      aheadMs += ms
      const told = once(backend, 'message')
      backend.send({ aheadMs })
      await within('the clock of the backend is moved', told)
    },
    answersTo: (wanted) =>
      answers.filter(({ path }) => path === wanted).map(({ status }) => status),
  }
}

/** What a page and the open dialogs of its elements show; nothing while the page is being left. */
export function textOf(page: Page): Promise<string> {
  return look(page, () => {
    const body = document.body as HTMLElement | null
    const dialogs = [...document.querySelectorAll('*')].flatMap(({ shadowRoot }) => [
      ...(shadowRoot?.querySelectorAll<HTMLElement>('dialog[open]') ?? []),
    ])
    return [body, ...dialogs].map((part) => part?.innerText.trim() ?? '').join('\n')
  })
}

/** The address of a page; nothing while the page is being left. */
export function addressOf(page: Page): Promise<string> {
  return look(page, () => location.href)
}

async function look(page: Page, work: () => string): Promise<string> {
  try {
    return await page.evaluate(work)
  } catch (error) {
    if (String(error).includes('Execution context was destroyed')) return ''
    throw error
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
