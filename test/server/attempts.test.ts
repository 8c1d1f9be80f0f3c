import { expect, test } from 'vitest'
import { createAttempts } from '../../demo/extensions/protection/attempts.ts'
import { onPostgres } from './harness.ts'

onPostgres((start) => {
  test('attempts that are counted and taken back at the same time do not wait for each other in vain', async () => {
    const { database } = await start()
    const attempts = createAttempts(database, {
      attemptsPerAccount: 1_000,
      attemptsPerAddress: 1_000,
      visitorsPerAddress: 1_000,
      attemptsWindowS: 600,
    })
    const attempt = { username: 'alice', address: '127.0.0.1' }
    await attempts.count(attempt)
    for (let round = 0; round < 60; round++) {
      // Its row comes to lie behind that of the address, where a look at the whole of such a small table finds it last.
      await database.query(`UPDATE attempts SET count = 100 WHERE bucket = 'account alice'`)
      await database.query('ANALYZE attempts')
      const race = () => [attempts.forgive(attempt), attempts.count(attempt)]
      await Promise.all(Array.from({ length: 4 }, race).flat())
    }
    const [found] = await database.query<{ count: number }>(
      `SELECT count FROM attempts WHERE bucket = 'account alice'`,
    )
    expect(found?.count).toBe(100)
  })
})
