import { once } from 'node:events'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { logIn, post, type Answer } from './clients.ts'
import { onPostgres, PASSWORDS, type Start, type TestServer } from './harness.ts'

onPostgres((start) => {
  test('if too many logins wait, the address with most of them is told to come back, and others have their turn', async () => {
    const { server, holding, release, tell } = await startHeld(start, { loginsWaiting: 2 })
    const user = await logIn(await start(), 'body')
    const answers: string[] = []
    const from = (name: string, address: string) =>
      tell(logInFrom(server, user, address).then((answer) => answers.push(told(name, answer))))
    from('flood', '192.0.2.1')
    await expect.poll(holding).toBe(1)
    for (let n = 0; n < 5; n++) from('flood', '192.0.2.1')
    await expect.poll(() => answers).toEqual(Array(3).fill('flood 503, retry after 1'))
    // It takes one of the two places of the flood.
    from('other', '192.0.2.2')
    await expect.poll(() => answers).toEqual(Array(4).fill('flood 503, retry after 1'))
    await release()
    expect(answers.slice(4).toSorted()).toEqual(['flood 200', 'flood 200', 'other 200'])
    // The account is still far from its limit, which counts refused logins neither.
    const [count] = await server.database.query(
      `SELECT max(count) AS most FROM attempts WHERE bucket <> 'address 127.0.0.1'`,
    )
    expect(count).toEqual({ most: 0 })
  })

  test.each([
    '/auth/register',
    '/auth/login',
    '/auth/confirm',
    '/auth/password',
    '/api/admin/accounts/any/reset-password',
  ])('%s hashes a password, and waits for its turn', async (path) => {
    const { server, holding, release, tell } = await startHeld(start, { loginsWaiting: 0 })
    const user = await logIn(await start(), 'body')
    tell(logInFrom(server, user, '192.0.2.1'))
    await expect.poll(holding).toBe(1)
    const refused = await post(server, path, {})
    expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(refused.headers.get('retry-after')).toBe('1')
    await release()
    expect((await post(server, path, {})).status).toBeLessThan(500)
  })

  test('a login that is sent slowly keeps no other from its turn', async () => {
    const server = await start({ loginsAtOnce: 1, loginsWaiting: 0 })
    const user = await logIn(server, 'body')
    const arrived = Promise.withResolvers<undefined>()
    const watched = await start({
      loginsAtOnce: 1,
      loginsWaiting: 0,
      before: [
        (_, next) => {
          arrived.resolve(undefined)
          return next()
        },
      ],
    })
    const slow = request(`${watched.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-length': 1_000, 'x-requested-with': 'test' },
    })
    slow.on('error', () => undefined)
    onTestFinished(() => void slow.destroy())
    slow.write('{"username":')
    await arrived.promise
    expect((await logInFrom(watched, user, '192.0.2.1')).status).toBe(200)
  })

  test('the password of a client that went away while it waited is not hashed', async () => {
    const signals: AbortSignal[] = []
    const { server, holding, hashed, release, tell } = await startHeld(start, {
      before: [
        (c, next) => {
          signals.push(c.req.raw.signal)
          return next()
        },
      ],
    })
    const user = await logIn(await start(), 'body')
    tell(logInFrom(server, user, '192.0.2.1'))
    await expect.poll(holding).toBe(1)
    const gone = new AbortController()
    const waiting = logInFrom(server, user, '192.0.2.1', gone.signal)
    await expect.poll(() => signals).toHaveLength(2)
    const noticed = once(signals[1] ?? new AbortController().signal, 'abort')
    gone.abort()
    await expect(waiting).rejects.toThrow()
    await noticed
    await release()
    expect((await logInFrom(server, user, '192.0.2.1')).status).toBe(200)
    expect(hashed()).toBe(2)
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })
})

/** Starts a server that runs one login at once, and checks no password until it is told to. */
async function startHeld(start: Start, options: Parameters<Start>[0]) {
  const open = Promise.withResolvers<undefined>()
  const answers: Promise<unknown>[] = []
  let held = 0
  let hashed = 0
  const server = await start({
    trustedProxies: ['127.0.0.1'],
    loginsAtOnce: 1,
    ...options,
    passwords: {
      ...PASSWORDS,
      async verify(...password) {
        hashed++
        held++
        await open.promise
        held--
        return PASSWORDS.verify(...password)
      },
    },
  })
  // Or the server would wait for it when it closes.
  onTestFinished(() => open.resolve(undefined))
  return {
    server,
    holding: () => held,
    hashed: () => hashed,
    /** An answer that the test does not wait for until {@link release}. */
    tell: (answer: Promise<unknown>) => void answers.push(answer),
    async release() {
      open.resolve(undefined)
      await Promise.all(answers)
    },
  }
}

async function logInFrom(
  { url }: TestServer,
  { username, password }: { readonly username: string; readonly password: string },
  address: string,
  signal?: AbortSignal,
): Promise<Pick<Answer, 'status' | 'headers'>> {
  return fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-requested-with': 'test',
      'x-forwarded-for': address,
    },
    body: JSON.stringify({ username, password }),
    ...(signal && { signal }),
  })
}

function told(name: string, { status, headers }: Pick<Answer, 'status' | 'headers'>): string {
  const later = headers.get('retry-after')
  return `${name} ${status}${later === null ? '' : `, retry after ${later}`}`
}
