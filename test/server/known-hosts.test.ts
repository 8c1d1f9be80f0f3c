import { request } from 'node:http'
import { expect, test } from 'vitest'
import { onPostgres, type TestServer } from './harness.ts'

const PROXY = { trustedProxies: ['127.0.0.1'] }

onPostgres((start) => {
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost.'])(
    'DNS rebinding: a page at %s, whose name leads to this machine, gets nothing and makes no account',
    async (name) => {
      const server = await start({
        firstAccountIsAdmin: true,
        routes: (app) => app.get('/page', (c) => c.text('hello')),
      })
      const accounts = () => server.database.query('SELECT id FROM accounts')
      const before = await accounts()
      const host = `${name}:${server.port}`
      expect(await ask(server, host, '/page')).toBe(421)
      expect(await ask(server, host, '/.well-known/jwks.json')).toBe(421)
      const body = JSON.stringify({ username: 'mallory', password: 'long enough' })
      expect(await ask(server, host, '/auth/register', body)).toBe(421)
      expect(await accounts()).toEqual(before)
    },
  )

  test.each([
    ['localhost', {}, 200],
    ['localhost:4400', {}, 200],
    ['LOCALHOST', {}, 200],
    ['app.localhost', {}, 200],
    ['127.0.0.1:4400', {}, 200],
    ['192.0.2.7', {}, 200],
    ['[::1]:4400', {}, 200],
    ['app.example', {}, 421],
    ['app.example', { allowedHosts: ['app.example'] }, 200],
    ['App.Example:8443', { allowedHosts: ['app.example'] }, 200],
    ['sub.app.example', { allowedHosts: ['app.example'] }, 421],
    ['app.example', PROXY, 200],
    ['app.example', { ...PROXY, allowedHosts: ['app.example'] }, 200],
    ['evil.example', { ...PROXY, allowedHosts: ['app.example'] }, 421],
  ])('a request for %s, with the settings %j, is answered %i', async (host, settings, status) => {
    const server = await start(settings)
    expect(await ask(server, host, '/.well-known/jwks.json')).toBe(status)
  })
})

/** What a page of this host is answered. `fetch` would not send another host than that of the URL. */
function ask({ port }: TestServer, host: string, path: string, body?: string) {
  const headers = {
    host,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'x-requested-with': 'page',
      origin: `http://${host}`,
    }),
  }
  return new Promise<number | undefined>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
