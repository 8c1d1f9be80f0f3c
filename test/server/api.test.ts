import { createRemoteJWKSet, decodeJwt, importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { readConfig } from '../../demo/config.ts'
import type { Database } from '../../demo/database/database.ts'
import { createSigningKeyStore } from '../../demo/extensions/signing-keys/signing-key-store.ts'
import { logIn, read, type Answer } from './clients.ts'
import { KEY_ENCRYPTION_KEY, onEachDatabase, onPostgres, type TestServer } from './harness.ts'

function call(server: TestServer, path: string, token: string, init?: RequestInit) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(server.url + path, { ...init, headers }).then(read)
}

onEachDatabase((start) => {
  test('a token tells the API who its caller is', async () => {
    const server = await start()
    const { accessToken, username, sid } = await logIn(server, 'body')
    const { status, body } = await call(server, '/api/me', accessToken)
    const { sub, exp } = decodeJwt(accessToken)
    expect(status).toBe(200)
    expect(body).toEqual({ sub, username, sid, exp })
  })

  test('the API asks no database about a token', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const watched = watching(server.database)
    const other = await start({ database: watched.database })
    await expect.poll(() => watched.statements.join()).toContain('DELETE FROM attempts')
    watched.statements.length = 0
    expect((await call(other, '/api/me', accessToken)).status).toBe(200)
    expect((await call(other, '/api/me', `${accessToken}x`)).status).toBe(401)
    expect(watched.statements).toEqual([])
    await call(other, '/api/notes', accessToken)
    expect(watched.statements).toHaveLength(1)
    expect(watched.statements[0]).toContain('FROM notes')
  })

  test('notes can be written, read and deleted', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const add = (text: string) =>
      call(server, '/api/notes', accessToken, { method: 'POST', body: JSON.stringify({ text }) })
    const [milk, bread] = [await add('milk'), await add('bread')]
    expect(milk).toMatchObject({ status: 201, body: { text: 'milk' } })
    const list = () => call(server, '/api/notes', accessToken)
    expect((await list()).body).toEqual({ notes: [milk.body, bread.body] })
    const path = `/api/notes/${String(milk.body['id'])}`
    expect((await call(server, path, accessToken, { method: 'DELETE' })).status).toBe(204)
    expect((await list()).body).toEqual({ notes: [bread.body] })
    expect(await call(server, path, accessToken, { method: 'DELETE' })).toMatchObject({
      status: 404,
      body: { error: 'not_found' },
    })
  })

  test('a name that no note can have is one of none', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    for (const id of ['unknown', 'nul%00', '%F0%9F%92%A9', "'%20OR%20''='"])
      expect(
        await call(server, `/api/notes/${id}`, accessToken, { method: 'DELETE' }),
      ).toMatchObject({ status: 404, body: { error: 'not_found' } })
  })

  test('notes are their owner’s alone', async () => {
    const server = await start()
    const [owner, stranger] = [await logIn(server, 'body'), await logIn(server, 'body')]
    const init = { method: 'POST', body: JSON.stringify({ text: 'secret' }) }
    const note = await call(server, '/api/notes', owner.accessToken, init)
    const path = `/api/notes/${String(note.body['id'])}`
    const deletion = await call(server, path, stranger.accessToken, { method: 'DELETE' })
    expect(deletion.status).toBe(404)
    expect((await call(server, '/api/notes', stranger.accessToken)).body).toEqual({ notes: [] })
    expect((await call(server, '/api/notes', owner.accessToken)).body).toEqual({
      notes: [note.body],
    })
  })
})

onPostgres((start) => {
  test('without a token, the challenge speaks of no error', async () => {
    const server = await start()
    const answer = await read(await fetch(`${server.url}/api/me`))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
  })

  test('another service can verify tokens with the published keys, which are public halves', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const url = new URL(`${server.url}/.well-known/jwks.json`)
    const { payload, protectedHeader } = await jwtVerify(accessToken, createRemoteJWKSet(url), {
      issuer: 'latchkey-demo',
      audience: 'latchkey-demo-api',
    })
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(Object.keys(payload).sort()).toEqual(
      ['aud', 'auth_time', 'exp', 'iat', 'iss', 'jti', 'role', 'sid', 'sub', 'username'].sort(),
    )
    const published = (await (await fetch(url)).json()) as { keys: JWK[] }
    expect(published.keys.map((key) => 'd' in key)).toEqual([false])
  })

  test('tokens of one instance are good at another', async () => {
    const [one, other] = [await start(), await start()]
    const { accessToken } = await logIn(one, 'body')
    expect((await call(other, '/api/me', accessToken)).status).toBe(200)
  })

  test('an expired token is refused, and the challenge says why', async () => {
    const server = await start()
    const token = await forge(server, { exp: Math.floor(Date.now() / 1000) - 1 })
    const answer = await call(server, '/api/me', token)
    expectInvalid(answer, 'The access token has expired.')
  })

  test('a token exactly like a good one is accepted, so the forgeries below fail for their flaw', async () => {
    const server = await start()
    expect((await call(server, '/api/me', await forge(server, {}))).status).toBe(200)
  })

  test.each([
    ['another issuer', { iss: 'somebody-else' }, {}],
    ['another audience', { aud: 'another-api' }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['no subject', { sub: undefined }, {}],
    ['no session', { sid: undefined }, {}],
    ['the type of an ID token', {}, { typ: 'JWT' }],
    ['a key that is not published', {}, { kid: 'unknown' }],
  ])('a token with %s is refused', async (_, claims, header) => {
    const server = await start()
    expectInvalid(await call(server, '/api/me', await forge(server, claims, header)))
  })

  test('a token without a signature, or signed with the public key as a secret, is refused', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const [, payload = ''] = accessToken.split('.')
    const unsigned = `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`
    const jwks = await (await fetch(`${server.url}/.well-known/jwks.json`)).text()
    const confused = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(jwks))
    for (const token of [unsigned, confused, 'nonsense', 'a.b.c'])
      expectInvalid(await call(server, '/api/me', token))
  })

  test('a token that was changed after signing is refused', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const [header = '', , signature = ''] = accessToken.split('.')
    const payload = encode({ ...decodeJwt(accessToken), sub: 'somebody-else' })
    expectInvalid(await call(server, '/api/me', [header, payload, signature].join('.')))
  })
})

function expectInvalid(answer: Answer, why = 'The access token is not valid.'): void {
  expect(answer).toMatchObject({
    status: 401,
    body: { error: 'invalid_token', error_description: why },
  })
  expect(answer.headers.get('www-authenticate')).toBe(
    `Bearer realm="latchkey", error="invalid_token", error_description="${why}"`,
  )
}

/** Signs a token with the server's own key, wrong in what a test says and right in everything else. */
async function forge(
  { database }: TestServer,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, string>> = {},
): Promise<string> {
  const store = createSigningKeyStore(database, readConfig({}), [KEY_ENCRYPTION_KEY])
  const [stored] = await store.load()
  if (typeof stored?.sealed !== 'string') throw new Error('There is no key to forge with.')
  const { kid, sealed } = stored
  const nowS = Math.floor(Date.now() / 1000)
  const whole = { sub: 'someone', sid: 'some', username: 'Someone', iat: nowS, exp: nowS + 60 }
  return new SignJWT({ ...whole, iss: 'latchkey-demo', aud: 'latchkey-demo-api', ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
    .sign(await importJWK(store.unseal({ kid, sealed }), 'ES256'))
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Notes every statement that a database is asked to run. */
function watching(database: Database): { database: Database; statements: string[] } {
  const statements: string[] = []
  const watched: Database = {
    ...database,
    query(statement, parameters) {
      statements.push(statement)
      return database.query(statement, parameters)
    },
    transaction(work) {
      statements.push('BEGIN')
      return database.transaction(work)
    },
  }
  return { database: watched, statements }
}
