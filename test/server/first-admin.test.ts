import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { logIn, post, type Session } from './clients.ts'
import { onPostgres, openPostgres } from './harness.ts'

onPostgres((start) => {
  test('is the first account that registers, where only this machine can reach the server', async () => {
    const server = await startFresh({ firstAccountIsAdmin: true })
    const [first, second] = [await logIn(server, 'body'), await logIn(server, 'body')]
    expect(roleOf(first)).toBe('admin')
    expect(roleOf(second)).toBe('user')
  })

  test('is one account, if many register with two instances before the first has been stored', async () => {
    const settings = { firstAccountIsAdmin: true, loginsAtOnce: 8 }
    const here = await startFresh(settings)
    const there = await start({ ...settings, database: here.database })
    const { database } = here
    // Holds every insertion until all registrations have come as far as they can.
    await database.query(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'`)
    await database.query(
      'CREATE TRIGGER wait BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION wait()',
    )
    const registering = await database.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(1)')
      const all = Array.from({ length: 8 }, (_, n) => logIn(n % 2 === 0 ? here : there, 'body'))
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
      await expect.poll(() => tx.query(waiting)).toHaveLength(all.length)
      return { all }
    })
    const roles = (await Promise.all(registering.all)).map(roleOf)
    expect(roles.toSorted()).toEqual(['admin', ...Array<string>(7).fill('user')])
  })

  test('is no account by itself where other machines can reach the server', async () => {
    const server = await startFresh({})
    expect(roleOf(await logIn(server, 'body'))).toBe('user')
  })

  test('is the account that the settings name, and no server starts while that name is free', async () => {
    const settings = { adminUsername: 'Olga' }
    const database = await openPostgres()
    onTestFinished(() => database.close())
    await expect(start({ ...settings, database })).rejects.toThrow('ADMIN_USERNAME names no')
    const server = await start({ database })
    const wish = { username: 'olga', password: 'correct horse', delivery: 'body' }
    const { body } = await post(server, '/auth/register', wish)
    expect(decodeJwt(body.access_token ?? '')['role']).toBe('user')
    const later = await start({ ...settings, database })
    expect(roleOf(await logIn(later, 'body', wish))).toBe('admin')
  })

  async function startFresh(settings: NonNullable<Parameters<typeof start>[0]>) {
    const database = await openPostgres()
    onTestFinished(() => database.close())
    return start({ ...settings, database })
  }
})

function roleOf({ accessToken }: Session): unknown {
  return decodeJwt(accessToken)['role']
}
