import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../demo/config.ts'
import { createApp } from '../../demo/server/app.ts'
import { memoryStore } from '../../src/server/index.ts'
import { read, type AnswerBody } from './clients.ts'
import { openPostgres } from './harness.ts'

test('the backend works by itself, without any extension and with another store', async () => {
  const { ask } = await startCore()
  const wish = { username: 'Ada', password: 'correct horse', device: 'phone', delivery: 'body' }
  const first = await ask('POST', '/auth/register', wish)
  expect(first).toMatchObject({ status: 201, body: { seq: 1 } })
  const { refresh_token } = first.body
  const renewed = await ask('POST', '/auth/refresh', { refresh_token })
  expect(renewed).toMatchObject({ status: 200, body: { sid: first.body.sid, seq: 2 } })
  expect(await ask('GET', '/api/me', undefined, renewed.body)).toMatchObject({
    body: { username: 'Ada' },
  })
  const other = await ask('POST', '/auth/login', { ...wish, device: 'laptop' })
  expect((await ask('GET', '/auth/sessions', undefined, other.body)).body).toMatchObject({
    sessions: [
      { device: 'laptop', current: true },
      { device: 'phone', current: false },
    ],
  })
  expect((await ask('DELETE', '/auth/sessions', undefined, other.body)).body).toEqual({ ended: 1 })
  const ended = { refresh_token: renewed.body.refresh_token }
  expect((await ask('POST', '/auth/refresh', ended)).body.error).toBe('session_revoked')
  const left = { refresh_token: other.body.refresh_token }
  expect((await ask('POST', '/auth/logout', left)).status).toBe(204)
  expect((await ask('POST', '/auth/refresh', left)).body.error).toBe('session_revoked')
  expect((await ask('POST', '/auth/login', { ...wish, password: 'wrong' })).status).toBe(401)
})

async function startCore() {
  const database = await openPostgres()
  onTestFinished(() => database.close())
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }
  const app = await createApp({
    config: readConfig({}),
    database,
    store: memoryStore(),
    keys: {
      jwks,
      find: createLocalJWKSet(jwks),
      signingAt: () => Promise.resolve({ kid: 'one', privateKey }),
    },
    // What is hashed here is no password of a user.
    passwords: {
      hash: (password) => Promise.resolve(`hash of ${password}`),
      verify: (hashed, password) => Promise.resolve(hashed === `hash of ${password}`),
    },
    log: () => undefined,
  })
  const ask = async (method: string, path: string, body?: unknown, caller: AnswerBody = {}) => {
    const { access_token = '' } = caller
    const headers = {
      'content-type': 'application/json',
      'x-requested-with': 'test',
      ...(access_token !== '' && { authorization: `Bearer ${access_token}` }),
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return read(await app.request(path, { method, headers, ...sent }))
  }
  return { ask }
}
