import { createHmac } from 'node:crypto'
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  type JWK,
} from 'jose'
import { expect, test } from 'vitest'
import { logIn, logOut, MODES, read, refresh, type Answer } from './clients.ts'
import { onPostgres, type TestServer } from './harness.ts'

// OWASP: "Testing JSON Web Tokens", beyond the plain forgeries of api.test.ts: here the attacker brings or names the key.
onPostgres((start) => {
  test.each([
    ['a key of the attacker in its header (jwk)', (jwk: JWK) => ({ jwk })],
    ['a link to keys of the attacker (jku)', () => ({ jku: 'https://evil.example/jwks.json' })],
    ['a link to a certificate (x5u)', () => ({ x5u: 'https://evil.example/cert.pem' })],
    ['a file as the name of its key', () => ({ kid: '../../../../dev/null' })],
    ['SQL as the name of its key', () => ({ kid: `' UNION SELECT 'key' -- ` })],
    ['a line break in the name of its key', () => ({ kid: 'a\r\nset-cookie: a=b' })],
    ['an empty name of its key', () => ({ kid: '' })],
    ['an extension that must be understood', () => ({ crit: ['b64'], b64: true })],
  ])('a token with %s is not believed', async (_, wrong) => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const header = { ...decodeProtectedHeader(accessToken), ...wrong(await exportJWK(publicKey)) }
    const token = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader({ ...header, alg: 'ES256' })
      .sign(privateKey, { crit: { b64: true } })
    expectRefused(await me(server, token))
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })

  test('key confusion: the public key, in any form one can download it, is no secret to sign with', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const { kid } = decodeProtectedHeader(accessToken)
    const url = `${server.url}/.well-known/jwks.json`
    const { keys } = (await (await fetch(url)).json()) as { keys: JWK[] }
    const jwk = keys.find((key) => key.kid === kid)
    if (jwk === undefined) throw new Error('The key that signs is not published.')
    const imported = await importJWK(jwk, 'ES256', { extractable: true })
    if (imported instanceof Uint8Array) throw new Error('A secret is published.')
    const pem = await exportSPKI(imported)
    for (const secret of [JSON.stringify(jwk), pem, pem.trim(), jwk.x ?? '', ''])
      for (const alg of ['HS256', 'HS512', 'ES256']) {
        const signed = `${encode({ alg, typ: 'at+jwt', kid })}.${accessToken.split('.')[1] ?? ''}`
        const hmac = createHmac(alg === 'HS512' ? 'sha512' : 'sha256', secret).update(signed)
        expectRefused(await me(server, `${signed}.${hmac.digest('base64url')}`))
      }
  })

  test('a signature of zeros is refused', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const [header = '', payload = ''] = accessToken.split('.')
    for (const zeros of [Buffer.alloc(64), Buffer.alloc(0), Buffer.from('MAYCAQACAQA=', 'base64')])
      expectRefused(await me(server, `${header}.${payload}.${zeros.toString('base64url')}`))
    for (const alg of ['none', 'None', 'NONE', 'nOnE'])
      expectRefused(await me(server, `${encode({ alg, typ: 'at+jwt' })}.${payload}.`))
  })

  test.each(MODES)(
    'a refresh token in the %s is no access token, and the other way round',
    async (mode) => {
      const server = await start()
      const session = await logIn(server, mode)
      expectRefused(await me(server, session.token))
      const swapped = await refresh(server, mode, { ...session, token: session.accessToken })
      expect(swapped.status).toBeGreaterThanOrEqual(400)
      expect(swapped.status).toBeLessThan(500)
      expect(swapped.token).toBeUndefined()
    },
  )

  test.each(MODES)(
    'reuse after logout: no refresh token of the %s gets anything any more',
    async (mode) => {
      const server = await start()
      const session = await logIn(server, mode)
      const { token: second } = await refresh(server, mode, session)
      if (second === undefined) throw new Error('No token came.')
      await logOut(server, mode, second)
      for (const spent of [session, second]) {
        const answer = await refresh(server, mode, spent)
        expect(answer).toMatchObject({ status: 401, token: undefined })
        expect(answer.body).not.toHaveProperty('access_token')
      }
    },
  )

  test.each(MODES)(
    'session fixation: a login in the %s takes no name of a session that it is shown',
    async (mode) => {
      const server = await start()
      const planted = await logIn(server, mode)
      const shown = { sid: planted.sid, refresh_token: planted.token }
      const victim = await logIn(server, mode, undefined, shown)
      expect(victim.sid).not.toBe(planted.sid)
      expect(victim.token).not.toBe(planted.token)
      expect((await refresh(server, mode, planted)).status).toBe(401)
      expect((await refresh(server, mode, victim)).status).toBe(200)
    },
  )
})

function me({ url }: TestServer, token: string): Promise<Answer> {
  return fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }).then(read)
}

function expectRefused(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
