import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { blocksOf, textOf } from '../support/documents.ts'
import { until } from '../support/patience.ts'
import { useBrowser } from './engines/browser.ts'
import type { Page } from './engines/tab.ts'

// An application that is written from docs/start.md, and a server from docs/server.md, with the code that stands there.

declare global {
  interface Window {
    start: {
      readonly session: Session
      readonly authFetch: Session['authFetch']
      readonly signIn: (username: string, password: string) => Promise<void>
    }
  }
}

const SRC = join(import.meta.dirname, '../../src')
const PAGE = `import { session, authFetch } from './session'
import { signIn } from './sign-in'
window.start = { session, authFetch, signIn }`

const newContext = useBrowser()

test('the page of docs/start.md keeps its users signed in in both tabs by one refresh, and signs them out in both', async () => {
  const app = await startApp()
  const context = await newContext()
  const [first, second] = [(await context.open(app.url)).page, (await context.open(app.url)).page]
  for (const page of [first, second]) expect(await readyStatus(page)).toBe('logged-out')

  await first.evaluate(() => window.start.signIn('alice', 'correct horse battery staple'))
  for (const page of [first, second]) {
    await until('the tab is signed in', async () => (await statusOf(page)) === 'logged-in')
    expect(await callApi(page)).toBe(200)
  }
  const before = app.refreshes()
  app.refuseUntilRefreshed()
  expect(await Promise.all([first, second].map(callApi))).toEqual([200, 200])
  expect(app.refreshes() - before).toBe(1)

  // The page goes as soon as it has signed out, so this does not wait for it.
  await first.evaluate(() => void setTimeout(() => void window.start.session.logout()))
  await until('both tabs have gone to the login page', () => app.signedOut() === 2)
})

/** Serves the page of docs/start.md, the endpoints of docs/server.md, and an API. */
async function startApp() {
  const page = blocksOf(textOf('docs/start.md')).map(({ code }) => code)
  const kit = blocksOf(textOf('docs/server.md')).map(({ code }) => code)
  const script = await bundle({
    main: PAGE,
    './session': find(page, '// session.ts'),
    './sign-in': find(page, 'export async function signIn'),
  })
  const endpoints = await serverOf(
    await bundle(
      { main: find(kit, "from 'node:http'"), './sessions.ts': kit[0] ?? '' },
      { platform: 'node' },
    ),
  )

  let refreshes = 0
  let wanted = 0
  let signedOut = 0
  const [endpoint] = endpoints.listeners('request') as RequestListener[]
  endpoints.removeAllListeners('request').on('request', (request, response) => {
    const { url = '', headers } = request
    if (url === '/auth/refresh') refreshes++
    if (url === '/login?reason=logout') signedOut++
    if (url.startsWith('/auth/')) return endpoint?.(request, response)
    if (url === '/main.js')
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (url !== '/api/notes')
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><script type="module" src="/main.js"></script>')
    // The example's access token is the same text after each renewal.
    const isGood = headers.authorization !== undefined && refreshes >= wanted
    return response.writeHead(isGood ? 200 : 401).end()
  })
  await new Promise<void>((listening) => endpoints.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    endpoints.close()
    endpoints.closeAllConnections()
  })
  return {
    url: `http://localhost:${String((endpoints.address() as AddressInfo).port)}/`,
    refreshes: () => refreshes,
    /** How many tabs have gone to the login page after a logout. */
    signedOut: () => signedOut,
    /** Refuses the access token, as if it had expired, until there has been another refresh. */
    refuseUntilRefreshed: () => void (wanted = refreshes + 1),
  }
}

function find(blocks: readonly string[], part: string): string {
  const found = blocks.find((code) => code.includes(part))
  if (found === undefined) throw new Error(`No example has ${part}`)
  return found
}

/** Bundles examples as the files of an application, in which the package is the source. */
async function bundle(
  files: Readonly<Record<string, string>>,
  options: BuildOptions = {},
): Promise<string> {
  const examples: Plugin = {
    name: 'examples',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(main|\.\/.*)$/ }, ({ path, kind, namespace }) =>
        kind === 'entry-point' || namespace === 'example'
          ? { path, namespace: 'example' }
          : undefined,
      )
      onResolve({ filter: /^latchkey/ }, ({ path }) => ({
        path: join(SRC, path.slice('latchkey'.length), 'index.ts'),
      }))
      onLoad({ filter: /.*/, namespace: 'example' }, ({ path }) => ({
        contents: files[path] ?? '',
        loader: 'ts',
      }))
    },
  }
  const { outputFiles } = await build({
    entryPoints: ['main'],
    bundle: true,
    plugins: [examples],
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

/** What a bundled example exports as `server`. */
async function serverOf(code: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'server.mjs')
  writeFileSync(file, code)
  const { server } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    server: Server
  }
  return server
}

function readyStatus(page: Page): Promise<string> {
  return page.evaluate(async () => (await window.start.session.ready).status)
}

function statusOf(page: Page): Promise<string> {
  return page.evaluate(() => window.start.session.state.status)
}

function callApi(page: Page): Promise<number> {
  return page.evaluate(async () => (await window.start.authFetch('/api/notes')).status)
}
