import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startEchoServer, type EchoServer } from '../support/echo-server.ts'
import { launchBrowser } from './engines/browser.ts'
import type { Page } from './engines/tab.ts'
import { fixture } from './support/serve-page.ts'

// Frames whose `location.origin` is "null": a frame with srcdoc has the origin of its parent, a sandboxed frame an opaque one.

let api: EchoServer
let html: string
let page: Page

beforeAll(async () => {
  html = await fixture('replay-page.ts')
  const closing: (() => Promise<void>)[] = []
  api = await startEchoServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization')
    if (request.method === 'OPTIONS') response.end()
    else if (request.url === '/')
      response.setHeader('content-type', 'text/html').end('<!doctype html>')
  })
  const browser = await launchBrowser({ onFinished: (end) => closing.push(end) })
  page = (await browser.open(`${api.origin}/`)).page
  return async () => {
    for (const end of closing) await end()
    await api.close()
  }
})

beforeEach(() => void api.take())

/** Opens the page of the replay tests in a frame, where it logs in and requests /notes. Resolves to the outcome. */
function askFrom(sandbox: string | null): Promise<unknown> {
  const ask = `<script type="module">
    try {
      await window.logIn()
      parent.postMessage(await window.send('authFetch', '${api.origin}/notes', {}), '*')
    } catch (error) {
      parent.postMessage(String(error), '*')
    }
  </script>`
  return page.evaluate(
    (html: string, sandbox: string | null) =>
      new Promise((resolve) => {
        const frame = document.createElement('iframe')
        if (sandbox !== null) frame.setAttribute('sandbox', sandbox)
        addEventListener('message', ({ data }) => resolve(data), { once: true })
        frame.srcdoc = html
        document.body.append(frame)
      }),
    html.replace('</body>', '') + ask,
    sandbox,
  )
}

test('a frame with srcdoc has the origin of its parent, so its requests there carry the token', async () => {
  expect(await askFrom(null)).toMatchObject({ status: 200 })
  const notes = api.take().filter(({ url }) => url === '/notes')
  expect(notes.map(({ headers }) => headers['authorization'])).toEqual(['Bearer secret-0'])
})

test('in a sandboxed frame, where most browser APIs throw, a session works in memory and its token is sent to no origin', async () => {
  expect(await askFrom('allow-scripts')).toMatchObject({ status: 200 })
  const notes = api.take().filter(({ url }) => url === '/notes')
  expect(notes.map(({ headers }) => headers['authorization'])).toEqual([undefined])
})
