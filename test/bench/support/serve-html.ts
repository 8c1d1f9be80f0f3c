import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves `html` at every path, with `headers`, until `onFinished` runs. Resolves to its address. */
export async function serveHtml(
  html: string,
  onFinished: (undo: () => Promise<void>) => void,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(html),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onFinished(
    () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`
}
