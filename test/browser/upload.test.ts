import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { CDPSession, Page } from 'puppeteer-core'
import { expect, onTestFinished, test } from 'vitest'
import { untrustedCertificate } from '../support/certificate.ts'
import { refuseUpload, whole, type Uploaded } from '../support/upload-server.ts'
import { launchBrowser } from './engines/browser.ts'
import { puppeteerOf } from './engines/chromium.ts'
import { needs } from './engines/engines.ts'
import { fixture } from './support/serve-page.ts'

// Story 28 of test/README.md in a browser. Chromium streams uploads over HTTP/2 only, and speaks HTTP/2 over TLS only.

const MEBIBYTES = 64

test('a stream of 64 MB is sent once, is not buffered, and its 401 is returned as it is', async (context) => {
  needs(context, 'streams as request bodies')
  const uploads: Uploaded[] = []
  const page = await openPage(await serve(uploads))
  const memory: number[] = []
  const devtools = await page.createCDPSession()
  await page.exposeFunction('noteMemory', async () => memory.push(await bytesInUse(devtools)))

  const answer = await page.evaluate((count) => window.upload('/notes', count), MEBIBYTES)

  expect(answer).toEqual({ status: 401, text: 'refused' })
  const arrived = whole(MEBIBYTES)
  expect(uploads).toEqual([{ ...arrived, authorization: 'Bearer secret-0' }])
  expect(memory).toHaveLength(5)
  expect(Math.max(...memory)).toBeLessThan(arrived.bytes / 4)
})

/** Serves the page at every path but /notes, where it refuses all uploads. Resolves to the page's address. */
async function serve(uploads: Uploaded[]): Promise<string> {
  const html = await fixture('upload-page.ts')
  const server = createSecureServer(await untrustedCertificate(), (request, response) => {
    if (request.url === '/notes')
      return void refuseUpload(request, response).then((upload) => uploads.push(upload))
    response.setHeader('content-type', 'text/html')
    response.end(html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `https://localhost:${String((server.address() as AddressInfo).port)}/`
}

async function openPage(url: string): Promise<Page> {
  const browser = await launchBrowser()
  const page = puppeteerOf((await browser.open('about:blank')).page)
  const devtools = await page.createCDPSession()
  await devtools.send('Security.setIgnoreCertificateErrors', { ignore: true })
  await page.goto(url)
  return page
}

/** The bytes that the page uses, in the heap and in buffers. */
async function bytesInUse(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize + backingStorageSize
}
