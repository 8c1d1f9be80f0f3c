import { expect, test } from 'vitest'
import {
  cookieOf,
  drawKey,
  logIn,
  logOut,
  post,
  refresh,
  type Answer,
  type Session,
} from './clients.ts'
import { onEachDatabase } from './harness.ts'

onEachDatabase((start) => {
  test('what happens is logged: logins, rotations with their row, reuse, logouts', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const short = session.sid.slice(0, 8)
    const key = drawKey()
    await refresh(server, 'body', session, { key })
    await refresh(server, 'body', session, { key })
    await refresh(server, 'body', session)
    await logIn(server, 'cookie', session)
    await logOut(server, 'body', session)
    expect(server.log.filter(({ sid }) => sid === short)).toEqual([
      { event: 'started', sid: short },
      { event: 'refresh', row: 'S2', sid: short },
      { event: 'refresh', row: 'S4', sid: short },
      { event: 'ended', sid: short, reason: 'reuse_detected' },
      { event: 'reuse_detected', row: 'S7', sid: short },
      { event: 'logout', sid: short },
    ])
    expect(server.log.filter(({ event }) => event === 'started')).toHaveLength(2)
  })

  test('no secret is ever logged, whether things go right or wrong', async () => {
    const server = await start({
      attemptsPerAccount: 2,
      routes: (app) =>
        app.get('/fails', () => {
          throw new Error('on purpose')
        }),
    })
    const secrets = new Set<string>()
    const keep = ({ body, setCookies }: Answer) => {
      for (const secret of [body.access_token, body.refresh_token]) secrets.add(secret ?? '')
      for (const { value } of setCookies) secrets.add(value)
    }
    const cookie = await logIn(server, 'cookie')
    const body = await logIn(server, 'body', cookie)
    const sessions: readonly Session[] = [cookie, body]
    for (const session of sessions) {
      keep(session.answer)
      secrets.add(session.password)
      const key = drawKey()
      secrets.add(key)
      for (const options of [{ key }, { key }, { key, seq: 9 }, {}, {}])
        keep(await refresh(server, session.mode, session, options))
      await logOut(server, session.mode, session)
    }
    const typos = ['a wrong password', 'a password typed into the wrong field']
    for (const typo of typos) {
      secrets.add(typo)
      await post(server, '/auth/login', { username: cookie.username, password: typo })
      await post(server, '/auth/login', { username: typo, password: 'x' })
    }
    const headers = { authorization: `Bearer ${body.accessToken}`, cookie: cookieOf(cookie) }
    const failed = await fetch(`${server.url}/fails?token=${body.token}`, { headers })
    expect(failed.status).toBe(500)
    expect(await failed.text()).not.toContain('on purpose')

    secrets.delete('')
    expect(secrets.size).toBeGreaterThan(12)
    expect(server.rows()).toEqual(expect.arrayContaining(['S2', 'S4', 'S7', 'S1']))
    const lines = server.log.map((entry) => JSON.stringify(entry))
    expect(lines.filter((line) => line.includes('on purpose'))).toHaveLength(1)
    for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([])
  })
})
