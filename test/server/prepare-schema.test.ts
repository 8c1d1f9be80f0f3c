import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Database, Queries } from '../../demo/database/database.ts'
import { connectPostgres } from '../../demo/database/postgres-database.ts'
import { prepareSchema } from '../../demo/database/prepare-schema.ts'
import { patienceMs } from '../support/patience.ts'
import { createDatabase } from './harness.ts'

/** Long enough for a slow machine to send the first statement. */
const IDLE_MS = patienceMs(500)

/** A process that has other things to do after the first statement, such as to compile its embedded database. */
function busy(database: Database): Database {
  const slowly = (tx: Queries): Queries => {
    let statements = 0
    return {
      async query(...statement) {
        if (statements++ > 0) await setTimeout(1.5 * IDLE_MS)
        return tx.query(...statement)
      },
    }
  }
  return { ...database, transaction: (work) => database.transaction((tx) => work(slowly(tx))) }
}

test('a server that is busy while it starts does not lose its connection before the tables are there', async () => {
  const database = connectPostgres(await createDatabase(), { idleInTransactionMs: IDLE_MS })
  onTestFinished(() => database.close())
  await prepareSchema(busy(database))
  expect(await database.query('SELECT id FROM accounts')).toEqual([])
})
