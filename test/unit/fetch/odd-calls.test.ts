import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startEchoServer, type EchoServer } from '../../support/echo-server.ts'
import { ODD_CALLS, type OddCall } from '../../support/odd-calls.ts'
import { signInTo, type SignedIn } from '../../support/signed-in.ts'

// DESIGN §4 rule 1, for calls that get the token: authFetch is asked what fetch is asked, and both are seen by one server.

let api: EchoServer
let page: SignedIn

beforeAll(async () => {
  api = await startEchoServer()
  return () => api.close()
})

beforeEach(async () => {
  page = await signInTo(api.origin)
  api.take()
  api.answer()
})

/** What becomes of a call, what the server was sent, and what was done to the arguments. */
async function seen(call: OddCall, fetch: typeof globalThis.fetch) {
  const notes: unknown[] = []
  let outcome: unknown
  try {
    outcome = { status: (await call(fetch, `${api.origin}/notes`, notes)).status }
  } catch (error) {
    const { name, message } = error as Error
    outcome = error instanceof Error ? { name, message } : { reason: error }
  }
  const sent = api.take().map(({ method, url, headers, body }) => {
    const { authorization, ...rest } = headers
    return { authorization, request: { method, url, headers: rest, body: String(body) } }
  })
  return {
    outcome,
    sent: sent.map(({ request }) => request),
    // Which member is read first, no caller should depend on.
    notes: notes.sort(),
    tokens: sent.map((each) => each.authorization),
  }
}

const names = Object.keys(ODD_CALLS)
const callOf = (name: string): OddCall => ODD_CALLS[name] as OddCall

test.each(names)('with %s, authFetch does what fetch does, and adds the token', async (name) => {
  const expected = await seen(callOf(name), fetch)
  const { tokens, ...found } = await seen(callOf(name), page.session.authFetch)
  expect({ ...found, tokens: [] }).toEqual({ ...expected, tokens: [] })
  expect(tokens).toEqual(tokens.map(() => 'Bearer secret-access-1'))
})

test.each(names)(
  'with %s, a call that waits for a token is what it was when it was made',
  async (name) => {
    const expected = await seen(callOf(name), fetch)
    page.clock.sleep(600_000)
    const { tokens, ...found } = await seen(callOf(name), page.session.authFetch)
    expect({ ...found, tokens: [] }).toEqual({ ...expected, tokens: [] })
    expect(tokens).toEqual(tokens.map(() => 'Bearer secret-access-2'))
  },
)

// Its body is a stream, which can be sent once.
const repeatable = names.filter((name) => name !== 'a Request as init')

test.each(repeatable)('with %s, a call that is repeated is repeated as it was', async (name) => {
  const expected = await seen(callOf(name), fetch)
  api.answer(401)
  const { tokens, ...found } = await seen(callOf(name), page.session.authFetch)
  const isRepeated = expected.sent.length > 0
  expect(found).toEqual({
    ...found,
    outcome: expected.outcome,
    sent: [...expected.sent, ...(isRepeated ? expected.sent : [])],
    notes: expected.notes,
  })
  expect(tokens).toEqual(isRepeated ? ['Bearer secret-access-1', 'Bearer secret-access-2'] : [])
})
