import { expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { post, type Answer } from '../clients.ts'
import { onPostgres } from '../harness.ts'
import { call, postAs, signIn } from './bearers.ts'

// Token substitution: what is good in one mode gets nothing in another, though the same keys have signed it. Servers of
// all modes share the database here, as accounts of all modes may share a server.
onPostgres((start) => {
  const kinds = ['rotating', 'sliding', 'renew', 'soft', 'pair'] as const

  async function tokens() {
    const server = await start()
    const made = new Map<string, string>()
    for (const mode of kinds) {
      const { accessToken } = await signIn(await start({ mode }), { delivery: 'body' })
      made.set(mode, accessToken)
    }
    made.set('anonymous', (await post(server, '/auth/anonymous', {})).body.access_token ?? '')
    return { server, made: [...made] }
  }

  test('only a token that is made for it is renewed with itself', async () => {
    const { server, made } = await tokens()
    for (const [kind, token] of made) {
      const answer = await postAs(server, token, '/auth/renew')
      if (kind === 'renew') expect(answer.status).toBe(200)
      else expectNothing(answer, kind)
    }
    expectNothing(await post(server, '/auth/renew', {}), 'none')
  })

  test('only a sliding token slides', async () => {
    const { server, made } = await tokens()
    moveClock(400_000)
    for (const [kind, token] of made) {
      const { headers } = await call(server, token)
      expect(headers.has('x-access-token'), kind).toBe(kind === 'sliding')
    }
  })

  test('a token of a visitor is no token of an account, and the other way round', async () => {
    const { server, made } = await tokens()
    for (const [kind, token] of made) {
      const isVisitor = kind === 'anonymous'
      for (const path of ['/api/me', '/api/notes', '/auth/sessions'])
        expect((await call(server, token, path)).status, `${kind} at ${path}`).toBe(
          isVisitor ? 401 : 200,
        )
      expect((await call(server, token, '/api/visit')).status, kind).toBe(isVisitor ? 200 : 401)
      if (!isVisitor) expectNothing(await postAs(server, token, '/auth/anonymous'), kind)
    }
  })

  test('no access token is a refresh token, and only one that is all there is ends a session', async () => {
    const { server, made } = await tokens()
    for (const [kind, token] of made) {
      const refreshed = await post(server, '/auth/refresh', { refresh_token: token })
      expect([400, 401], kind).toContain(refreshed.status)
      expect(refreshed.body).not.toHaveProperty('access_token')
      const { status } = await postAs(server, token, '/auth/logout')
      expect(status, kind).toBe(['sliding', 'renew'].includes(kind) ? 204 : 401)
    }
  })
})

function expectNothing({ status, body, headers }: Answer, kind: string): void {
  expect({ status, error: body.error }, kind).toMatchObject({ status: 401, error: 'invalid_grant' })
  expect(body).not.toHaveProperty('access_token')
  expect(headers.has('x-access-token')).toBe(false)
}
