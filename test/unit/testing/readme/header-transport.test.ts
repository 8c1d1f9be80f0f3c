import { expect, test } from 'vitest'
import { recordStorage, readTokenResponse, type Transport } from '../../../../src/index.ts'
import { transportContract } from '../../../../src/testing/index.ts'

const read = (answer: unknown) => readTokenResponse(answer)
const post = (path: string, token: string | undefined, signal: AbortSignal) =>
  [path, { method: 'POST', headers: { 'x-token': token ?? '' }, signal }] as const

const headerTransport: Transport = {
  id: '/tokens',
  endpoints: ['/tokens'],
  storage: recordStorage(),
  idempotent: false, // it never numbers its tokens, and knows no key: an answer lost with its tab costs the session
  read,
  async refresh({ tokens, fetch, signal }) {
    const response = await fetch(...post('/tokens/next', tokens?.refreshToken, signal))
    if (response.ok) return { type: 'refreshed', tokens: read(await response.json()) }
    if (response.status === 410) return { type: 'rejected', reason: 'refresh-rejected' }
    const retryAfterMs = Number(response.headers.get('retry-after')) * 1000
    return { type: 'unavailable', status: response.status, retryAfterMs }
  },
  async revoke({ tokens, fetch, signal }) {
    return (await fetch(...post('/tokens/drop', tokens?.refreshToken, signal))).ok
  },
}

const answer = { access_token: 'a', refresh_token: 'r', expires_in: 300 }
const server = {
  signIn: () => answer,
  fetch: () => Promise.resolve(Response.json(answer)),
  refusal: () => new Response(null, { status: 410 }),
}
test.each(transportContract({ transport: headerTransport, server }))('$name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})
