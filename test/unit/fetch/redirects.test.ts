import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startEchoServer, type EchoServer } from '../../support/echo-server.ts'
import { settle } from '../../support/settle.ts'
import { signInTo } from '../../support/signed-in.ts'

// Story 31 of test/README.md: two real servers on two ports, and the real fetch between them.

let elsewhere: EchoServer
/** What `elsewhere` asks for with a 401. */
let challenge: string
/** Where the API is: it redirects to `elsewhere`, with the status that its path names. */
let origin: string
/** How many requests the API answers with a 401 first. */
let refused: number

beforeAll(async () => {
  elsewhere = await startEchoServer((_, response) => {
    response.setHeader('www-authenticate', challenge)
  })
  const server = createServer((request, response) => {
    if (refused-- > 0) response.writeHead(401).end()
    else
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

beforeEach(() => {
  elsewhere.take()
  elsewhere.answer()
  challenge = 'Bearer'
  refused = 0
})

test.each([301, 302, 303, 307, 308])(
  'a %i to another origin carries no token there',
  async (status) => {
    const { session } = await signInTo(origin)
    const answer = await session.authFetch(`${origin}/${String(status)}`, { replay: false })
    expect(answer.redirected).toBe(true)
    expect(answer.url).toBe(`${elsewhere.origin}/landed`)
    const received = elsewhere.take()
    expect(received).toHaveLength(1)
    expect(received[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.stringify(received)).not.toContain('secret')
  },
)

test.each([
  ['first', 0],
  ['repeated', 1],
])('what another origin says to a %s request says nothing of the token', async (_, before) => {
  const { session, backend, tab } = await signInTo(origin)
  for (const asked of ['Bearer', 'Bearer error="insufficient_user_authentication"']) {
    challenge = asked
    refused = before
    elsewhere.answer(401)
    const answer = await session.authFetch(`${origin}/302`)
    expect(await answer.json()).toEqual({ status: 401 })
    expect(elsewhere.take()).toHaveLength(1)
  }
  await settle()
  expect(tab.eventsOf('step-up')).toEqual([])
  // Each refusal of the API's own is worth a renewal, whatever the other origin has said before.
  expect(backend.refreshes()).toBe(2 * before)
})

test.each([
  ['first', 0],
  ['repeated', 1],
])('`judgeResponse` does not see what another origin says to a %s request', async (_, before) => {
  const seen: string[] = []
  const { session } = await signInTo(origin, {
    judgeResponse: ({ url, status }) => {
      seen.push(url)
      return status === 401 && url.startsWith(origin) ? 'renew' : 'ended'
    },
  })
  refused = before
  expect((await session.authFetch(`${origin}/302`)).url).toBe(`${elsewhere.origin}/landed`)
  expect(seen).toEqual(Array(before).fill(`${origin}/302`))
  expect(session.state.status).toBe('logged-in')
})

test('what another origin says that gets the token, too, is judged', async () => {
  const { session, backend } = await signInTo(origin, { origins: [origin, elsewhere.origin] })
  elsewhere.answer(401)
  expect((await session.authFetch(`${origin}/302`)).status).toBe(200)
  expect(elsewhere.take()).toHaveLength(2)
  expect(backend.refreshes()).toBe(1)
})
