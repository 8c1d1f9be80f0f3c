import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { logIn, post, type Answer, refresh } from './clients.ts'
import { onEachDatabase, type TestServer } from './harness.ts'

onEachDatabase((start) => {
  const guess = (server: TestServer, username: string, password = 'wrong'): Promise<Answer> =>
    post(server, '/auth/login', { username, password })

  test('a user who has registered can log in, with the name in any case and with a stray space', async () => {
    const server = await start()
    const { username, password, answer } = await logIn(server, 'body')
    expect(answer).toMatchObject({ status: 201, body: { token_type: 'Bearer', seq: 1 } })
    const again = await guess(server, ` ${username.toUpperCase()} `, password)
    expect(again).toMatchObject({ status: 200, body: { token_type: 'Bearer', seq: 1 } })
  })

  test('a name can be taken once, in whatever case', async () => {
    const server = await start()
    const { username } = await logIn(server, 'body')
    const wish = { username: username.toUpperCase(), password: 'long enough' }
    const answer = await post(server, '/auth/register', wish)
    expect(answer).toMatchObject({ status: 409, body: { error: 'username_taken' }, setCookies: [] })
  })

  test.each([
    ['the capital I with a dot', 'k-irmİzİ', 'k-irmi\u0307zi\u0307'],
    ['the Kelvin sign and the long s', 'kis-sing', '\u212Ai\u017F-\u017Fing'],
    ['full-width letters', 'wide', '\uFF37\uFF49\uFF44\uFF45'],
    ['a capital sharp s', 'straße', 'STRA\u1E9EE'],
    ['letters and accents apart', 'ren\u00E9', 'rene\u0301'],
  ])(
    'a name in another spelling, with %s, is the same account, and has no guesses of its own',
    async (_, name, spelling) => {
      const server = await start({ attemptsPerAccount: 2 })
      const wish = { username: name, password: 'long enough' }
      expect((await post(server, '/auth/register', wish)).status).toBe(201)
      const again = { ...wish, username: spelling }
      expect((await post(server, '/auth/register', again)).status).toBe(409)
      expect((await guess(server, spelling, wish.password)).status).toBe(200)
      expect((await guess(server, name)).status).toBe(401)
      expect((await guess(server, spelling)).status).toBe(401)
      for (const each of [name, spelling, name.toUpperCase(), spelling.toLowerCase()])
        expect((await guess(server, each, wish.password)).status).toBe(429)
    },
  )

  test('a name that becomes many times as long in its canonical form is a name as well', async () => {
    const server = await start()
    const wish = { username: '\uFDFA'.repeat(64), password: 'long enough' }
    expect((await post(server, '/auth/register', wish)).status).toBe(201)
    expect((await guess(server, wish.username, wish.password)).status).toBe(200)
    expect((await guess(server, wish.username)).status).toBe(401)
  })

  test('passwords are stored as argon2id hashes of the configured cost', async () => {
    const server = await start({ passwordCost: { memoryCost: 64, timeCost: 3, parallelism: 1 } })
    const { username, password } = await logIn(server, 'body')
    const [stored] = await server.database.query<{ password_hash: string }>(
      'SELECT password_hash FROM accounts WHERE username = $1',
      [username],
    )
    expect(stored?.password_hash).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=1\$/)
    expect(stored?.password_hash).not.toContain(password)
  })

  test('a wrong password and an unknown name get the same answer', async () => {
    const server = await start()
    const { username } = await logIn(server, 'body')
    const [wrong, nobody] = [await guess(server, username), await guess(server, randomUUID())]
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_credentials' } })
    expect(nobody.status).toBe(wrong.status)
    expect(nobody.body).toEqual(wrong.body)
  })

  test('an unknown name costs as much work as a wrong password', async () => {
    const server = await start({
      passwordCost: { memoryCost: 19_456, timeCost: 3, parallelism: 1 },
    })
    const { username } = await logIn(server, 'body')
    const took = async (name: string) => {
      const startedAt = performance.now()
      await guess(server, name)
      return performance.now() - startedAt
    }
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let n = 0; n < 5; n++) {
      times.known.push(await took(username))
      times.unknown.push(await took(randomUUID()))
    }
    // Without the hash of nobody, the answer for an unknown name would come some fifty times sooner.
    expect(Math.min(...times.unknown)).toBeGreaterThan(Math.min(...times.known) / 3)
  })

  test('guesses at one account are refused after a few, right ones too, and others may still log in', async () => {
    const server = await start({ attemptsPerAccount: 3, attemptsWindowS: 600 })
    const [victim, other] = [await logIn(server, 'body'), await logIn(server, 'body')]
    for (let n = 0; n < 3; n++) expect((await guess(server, victim.username)).status).toBe(401)
    const refused = await guess(server, victim.username.toUpperCase(), victim.password)
    expect(refused).toMatchObject({ status: 429, body: { error: 'too_many_attempts' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(590)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(600)
    expect((await guess(server, other.username, other.password)).status).toBe(200)
  })

  test('guesses at an account keep its owner from logging in anew, and end no session', async () => {
    const server = await start({ attemptsPerAccount: 1 })
    const session = await logIn(server, 'body')
    await guess(server, session.username)
    expect((await guess(server, session.username, session.password)).status).toBe(429)
    expect((await refresh(server, 'body', session)).status).toBe(200)
  })

  test('one address cannot lock more accounts than its attempts are enough for', async () => {
    const server = await start({
      trustedProxies: ['127.0.0.1'],
      attemptsPerAddress: 4,
      attemptsPerAccount: 2,
    })
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const lenient = await start()
    const accounts = await Promise.all([0, 1, 2, 3].map(() => logIn(lenient, 'body')))
    for (const { username } of accounts)
      for (let n = 0; n < 3; n++)
        await post(server, '/auth/login', { username, password: 'wrong' }, from('192.0.2.1'))
    const statuses = accounts.map(async ({ username, password }) => {
      const answer = await post(server, '/auth/login', { username, password }, from('192.0.2.2'))
      return answer.status
    })
    expect(await Promise.all(statuses)).toEqual([429, 429, 200, 200])
  })

  test('attempts that are refused write nothing', async () => {
    const server = await start({
      trustedProxies: ['127.0.0.1'],
      attemptsPerAddress: 3,
      attemptsPerAccount: 1,
    })
    const { username } = await logIn(await start(), 'body')
    const from = { 'x-forwarded-for': '192.0.2.3' }
    const attempt = async (username: string) =>
      (await post(server, '/auth/login', { username, password: 'wrong' }, from)).status
    const counts = () =>
      server.database.query('SELECT bucket, count, ends_at FROM attempts ORDER BY bucket')
    expect(await attempt(username)).toBe(401)
    const once = await counts()
    // The account has had its attempts, the address has not.
    for (let n = 0; n < 5; n++) expect(await attempt(username)).toBe(429)
    expect(await counts()).toEqual(once)
    for (let n = 0; n < 2; n++) expect(await attempt(randomUUID())).toBe(401)
    const full = await counts()
    for (let n = 0; n < 5; n++) expect(await attempt(randomUUID())).toBe(429)
    expect(await counts()).toEqual(full)
  })

  test('attempts are forgotten when their window is over', async () => {
    const server = await start({ attemptsPerAccount: 1, attemptsWindowS: 600 })
    const { username, password } = await logIn(server, 'body')
    await guess(server, username)
    expect((await guess(server, username, password)).status).toBe(429)
    await server.database.query(
      `UPDATE attempts SET ends_at = ends_at - interval '601 seconds' WHERE bucket = $1`,
      [`account ${username}`],
    )
    expect((await guess(server, username, password)).status).toBe(200)
  })

  test('right passwords use up no attempts', async () => {
    const server = await start({ attemptsPerAccount: 2 })
    const { username, password } = await logIn(server, 'body')
    for (let n = 0; n < 5; n++) expect((await guess(server, username, password)).status).toBe(200)
  })

  test('guesses sent all at once, to several instances, are counted all the same', async () => {
    const options = { attemptsPerAccount: 4 }
    const servers = [await start(options), await start(options)] as const
    const { username } = await logIn(servers[0], 'body')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => guess(servers[n % 2 === 0 ? 0 : 1], username)),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(4)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(16)
  })

  test('one address gets so many attempts at all accounts together, registrations among them', async () => {
    const server = await start()
    await server.database.query(`DELETE FROM attempts WHERE bucket LIKE 'address %'`)
    const strict = await start({ attemptsPerAddress: 3 })
    for (let n = 0; n < 2; n++) expect((await guess(strict, randomUUID())).status).toBe(401)
    await logIn(strict, 'body')
    expect((await guess(strict, randomUUID())).status).toBe(429)
    const wish = { username: randomUUID(), password: 'long enough' }
    expect((await post(strict, '/auth/register', wish)).status).toBe(429)
  })
})
