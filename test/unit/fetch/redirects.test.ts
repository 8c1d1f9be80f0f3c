import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { createBackend } from '../../support/backend.ts'
import { startEchoServer, type EchoServer } from '../../support/echo-server.ts'
import { signIn } from '../../support/signed-in.ts'

// FAILURES 31: two real servers on two ports, and the real fetch between them.

let elsewhere: EchoServer
let origin: string

beforeAll(async () => {
  elsewhere = await startEchoServer()
  const server = createServer((request, response) => {
    response
      .writeHead(Number(request.url?.slice(1)), { location: `${elsewhere.origin}/landed` })
      .end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return async () => {
    await elsewhere.close()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

test.each([301, 302, 303, 307, 308])(
  'a %i to another origin carries no token there',
  async (status) => {
    const backend = createBackend()
    const { session } = await signIn(
      {
        origins: [origin],
        fetch: (input, init) =>
          input === '/auth/refresh' ? backend.fetch(input, init) : fetch(input, init),
      },
      backend,
    )
    elsewhere.take()
    const answer = await session.authFetch(`${origin}/${String(status)}`, { replay: false })
    expect(answer.redirected).toBe(true)
    expect(answer.url).toBe(`${elsewhere.origin}/landed`)
    const received = elsewhere.take()
    expect(received).toHaveLength(1)
    expect(received[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.stringify(received)).not.toContain('secret')
  },
)
