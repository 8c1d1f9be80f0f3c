import type { Queries } from './database.ts'

/** What PGlite, `pg` and their transactions have in common. */
export interface Driver {
  query(statement: string, parameters: unknown[]): Promise<{ rows: unknown[] }>
}

/** Adapts a driver to the interface that the server uses. */
export function queriesOf(driver: Driver): Queries {
  return {
    async query<Row>(statement: string, parameters: readonly unknown[] = []) {
      const { rows } = await driver.query(statement, [...parameters])
      return rows as Row[]
    },
  }
}
