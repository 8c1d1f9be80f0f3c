import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { decodeProtectedHeader } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../demo/config.ts'
import {
  startResourceServer,
  type ResourceServerOptions,
  type RunningResourceServer,
} from '../../demo/resource-server/start-resource-server.ts'
import { startServer } from '../../demo/start-server.ts'
import { moveClock } from '../support/moved-clock.ts'
import { logIn, read, refresh, type Answer, type Token } from './clients.ts'
import { KEY_ENCRYPTION_KEY, onPostgres, openPostgres } from './harness.ts'

const PAGE = 'https://app.example'

onPostgres((start) => {
  test('a server that shares nothing but public keys knows who its caller is', async () => {
    const auth = await start()
    const resource = await startFor(auth.url)
    const { accessToken, username, sid } = await logIn(auth, 'body')
    expect(await callMe(resource, accessToken)).toMatchObject({
      status: 200,
      body: { username, sid },
    })
    const none = await read(await fetch(`${resource.url}/api/me`))
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
  })

  test('tokens for another audience or of another issuer are refused', async () => {
    for (const other of [{ audience: 'another-api' }, { issuer: 'somebody-else' }]) {
      const auth = await start(other)
      const resource = await startFor(auth.url)
      const { accessToken } = await logIn(auth, 'body')
      expect(await callMe(resource, accessToken)).toMatchObject({
        status: 401,
        body: { error: 'invalid_token' },
      })
    }
  })

  test('it keeps up with keys that change all the time', async () => {
    const auth = await start({ keyTtlS: 1, keyLeadS: 0.5, accessTtlS: 60 })
    const resource = await startFor(auth.url, { keys: { everyMs: 100 } })
    let token: Token = await logIn(auth, 'body')
    const signedBy = new Set<string | undefined>()
    await expect
      .poll(
        async () => {
          const answer = await refresh(auth, 'body', token)
          token = answer.token ?? token
          const { access_token = '' } = answer.body
          signedBy.add(decodeProtectedHeader(access_token).kid)
          // The last call with an old key's token comes when the next one has long been signing.
          expect((await callMe(resource, access_token)).status).toBe(200)
          return signedBy.size
        },
        { interval: 50 },
      )
      .toBe(4)
  })

  test('pages of the allowed origins may call it with a token and without cookies, others may not', async () => {
    const auth = await start()
    const resource = await startFor(auth.url)
    const ask = (origin: string) =>
      fetch(`${resource.url}/api/me`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      })
    const allowed = (await ask(PAGE)).headers
    expect(allowed.get('access-control-allow-origin')).toBe(PAGE)
    expect(allowed.get('access-control-allow-headers')).toBe('Authorization')
    expect(allowed.get('access-control-allow-credentials')).toBeNull()
    expect(
      (await ask('https://evil.example')).headers.get('access-control-allow-origin'),
    ).toBeNull()
    // A page has to be able to read why it was refused.
    const refused = await fetch(`${resource.url}/api/me`, { headers: { origin: PAGE } })
    expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(refused.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  })

  test('before it knows any key it says to come back, and believes the token once it does', async () => {
    const auth = await start()
    const { accessToken } = await logIn(auth, 'body')
    let isUp = false
    const jwks = await (await fetch(`${auth.url}/.well-known/jwks.json`)).text()
    const published = await listenTo(() => (isUp ? jwks : undefined))
    const resource = await startFor(published.url, { keys: { cooldownMs: 50 } })
    const early = await callMe(resource, accessToken)
    expect(early).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(early.headers.get('retry-after')).toBe('1')
    isUp = true
    await expect.poll(() => callMe(resource, accessToken)).toMatchObject({ status: 200 })
  })

  test.each([true, false])(
    'invented keys do not make it ask again and again (auth server up: %s)',
    async (isUp) => {
      const auth = await start()
      const { accessToken } = await logIn(auth, 'body')
      const jwks = await (await fetch(`${auth.url}/.well-known/jwks.json`)).text()
      const published = await listenTo(() => (isUp ? jwks : undefined))
      const resource = await startFor(published.url)
      const [, payload = '', signature = ''] = accessToken.split('.')
      for (let n = 0; n < 50; n++) {
        const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `k${n}` }))
        const forged = [header.toString('base64url'), payload, signature].join('.')
        expect((await callMe(resource, forged)).status).toBe(isUp ? 401 : 503)
      }
      expect(published.asked()).toBe(1)
    },
  )
})

test('it works while the auth server and its database are down, until the token expires', async () => {
  const database = await openPostgres()
  const auth = await startServer({
    port: 0,
    database,
    accessTtlS: 60,
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
    keyEncryptionKeys: [KEY_ENCRYPTION_KEY],
    log: () => undefined,
  })
  let isUp = true
  const jwks = await (await fetch(`${auth.url}/.well-known/jwks.json`)).text()
  const published = await listenTo(() => (isUp ? jwks : undefined))
  const resource = await startFor(published.url, { keys: { everyMs: 50, cooldownMs: 50 } })
  const { accessToken } = await logIn(auth, 'body')
  expect((await callMe(resource, accessToken)).status).toBe(200)
  await auth.close()
  await database.close()
  isUp = false

  const askedWhileUp = published.asked()
  await expect.poll(published.asked).toBeGreaterThan(askedWhileUp + 2)
  expect((await callMe(resource, accessToken)).status).toBe(200)
  moveClock(61_000)
  expect(await callMe(resource, accessToken)).toMatchObject({
    status: 401,
    body: { error_description: 'The access token has expired.' },
  })
})

test('a token whose key has gone from the list is refused, although it was accepted before', async () => {
  const auth = await startServer({
    port: 0,
    database: await openPostgres(),
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
    keyEncryptionKeys: [KEY_ENCRYPTION_KEY],
    log: () => undefined,
  })
  onTestFinished(() => auth.close().then(() => auth.database.close()))
  let jwks = await (await fetch(`${auth.url}/.well-known/jwks.json`)).text()
  const published = await listenTo(() => jwks)
  const resource = await startFor(published.url, { keys: { everyMs: 50, cooldownMs: 50 } })
  const { accessToken } = await logIn(auth, 'body')
  expect((await callMe(resource, accessToken)).status).toBe(200)
  jwks = JSON.stringify({ keys: [] })
  await expect.poll(() => callMe(resource, accessToken)).toMatchObject({ status: 401 })
})

test('no module that it loads knows a database', () => {
  const root = join(import.meta.dirname, '../../demo')
  const seen = new Set<string>()
  const packages = new Set<string>()
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(file, 'utf8')
    for (const [, name = ''] of source.matchAll(
      /^(?:import|export) (?!type)(?:[^'(=]* from )?'([^']+)'/gm,
    ))
      if (name.startsWith('.')) walk(join(dirname(file), name))
      else packages.add(name)
  }
  walk(join(root, 'resource-server/main.ts'))
  expect([...packages]).toContain('jose')
  expect([...packages]).not.toContain('pg')
  expect([...packages]).not.toContain('@electric-sql/pglite')
})

async function startFor(
  authUrl: string,
  options: Pick<ResourceServerOptions, 'keys'> = {},
): Promise<RunningResourceServer> {
  const server = await startResourceServer({
    ...readConfig({}),
    port: 0,
    allowedOrigins: [PAGE],
    jwksUrl: new URL('/.well-known/jwks.json', authUrl),
    log: () => undefined,
    ...options,
  })
  onTestFinished(() => server.close())
  return server
}

async function callMe({ url }: RunningResourceServer, token: string): Promise<Answer> {
  return read(await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }))
}

/** Publishes what it is given at that moment, or cuts the connection. */
async function listenTo(publish: () => string | undefined) {
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const text = publish()
    if (text === undefined) request.destroy()
    else response.end(text)
  }).listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
  }
}
