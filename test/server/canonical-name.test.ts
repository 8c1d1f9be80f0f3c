import { expect, test } from 'vitest'
import { canonicalName } from '../../demo/server/canonical-name.ts'
import { prepareSchema } from '../../demo/server/schema.ts'
import { logIn, post } from './clients.ts'
import { onEachDatabase } from './harness.ts'

test.each([
  ['Alice', 'alice'],
  ['STRASSE', 'strasse'],
  ['straße', 'strasse'],
  ['STRA\u1E9EE', 'strasse'],
  ['İzmir', 'i\u0307zmir'],
  ['\u212Aelvin', 'kelvin'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['\uFF21\uFF11', 'a1'],
  ['e\u0301', '\u00E9'],
])('the canonical form of %s is %s, and its own canonical form', (username, canonical) => {
  expect(canonicalName(username)).toBe(canonical)
  expect(canonicalName(canonical)).toBe(canonical)
})

onEachDatabase((start) => {
  test('an older database gets canonical names, and of two accounts that share one the older keeps it', async () => {
    const server = await start()
    const known = await logIn(server, 'body')
    const [first, second] = [await logIn(server, 'body'), await logIn(server, 'body')]
    const { database } = server
    await database.query('ALTER TABLE accounts DROP COLUMN canonical_name')
    await database.query(`UPDATE accounts SET username = 'René' WHERE username = $1`, [
      first.username,
    ])
    await database.query(`UPDATE accounts SET username = 'Rene\u0301' WHERE username = $1`, [
      second.username,
    ])
    await database.query('DELETE FROM schema_state')
    await prepareSchema(database)
    const statusOf = async (username: string, { password }: { readonly password: string }) =>
      (await post(server, '/auth/login', { username, password })).status
    expect(await statusOf(known.username, known)).toBe(200)
    for (const spelling of ['René', 'RENE\u0301']) {
      expect(await statusOf(spelling, first)).toBe(200)
      expect(await statusOf(spelling, second)).toBe(401)
    }
  })
})
