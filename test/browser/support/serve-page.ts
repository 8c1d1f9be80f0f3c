import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { pageOf } from '../../bench/support/bundle.ts'

/** The HTML of a page of this folder, with its script. */
export function fixture(file: string): Promise<string> {
  return pageOf(fileURLToPath(new URL(file, import.meta.url)))
}

/** Serves a page of this folder, at every path, until the test that is running has finished. Resolves to its address. */
export async function servePage(file: string): Promise<string> {
  const html = await fixture(file)
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end(html),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`
}
