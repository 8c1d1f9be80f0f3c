import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import type { OidcSettings } from '../support/oidc/configure.ts'
import { startOidcServer, type OidcServer } from '../support/oidc/oidc-server.ts'
import { refresh, signIn } from '../support/oidc/sign-in.ts'

const pageUrl = 'http://127.0.0.1:9/'

test.each(['', '/realms/one'])(
  'oidc-provider, at the path "%s", ends the family of a refresh token that is shown twice',
  async (path) => {
    const server = await start({ path })
    const { refresh_token } = await signIn(server, pageUrl)
    const next = await refresh(server, refresh_token)
    expect(next).toHaveProperty('access_token')
    expect(next['refresh_token']).not.toBe(refresh_token)
    expect(await refresh(server, refresh_token)).toMatchObject({ error: 'invalid_grant' })
    expect(await refresh(server, next['refresh_token'])).toMatchObject({ error: 'invalid_grant' })
    expect(server.refreshes()).toEqual({ made: 1, reuses: 1, refused: 1 })
  },
)

test('a provider that does not rotate takes the same refresh token for good', async () => {
  const server = await start({ rotates: false })
  const { refresh_token } = await signIn(server, pageUrl)
  for (let n = 0; n < 2; n++)
    expect(await refresh(server, refresh_token)).toMatchObject({ refresh_token })
  expect(server.refreshes()).toEqual({ made: 2, reuses: 0, refused: 0 })
})

test('an API of its own knows the user by another name than the ID token does', async () => {
  const server = await start({ audience: 'https://api.example' })
  const { access_token, id_token } = await signIn(server, pageUrl, { user: 'alice' })
  expect(decodeJwt(String(id_token)).sub).toBe('alice')
  const { aud, sub } = decodeJwt(String(access_token))
  expect(aud).toBe('https://api.example')
  expect(sub).not.toBe('alice')
})

async function start(settings: Partial<OidcSettings> = {}): Promise<OidcServer> {
  const server = await startOidcServer({ pageUrl, ...settings })
  onTestFinished(() => server.close())
  return server
}
