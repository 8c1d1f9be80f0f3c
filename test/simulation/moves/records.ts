import { parseRecord } from '../../../src/core/record/parse-record.ts'
import type { Move } from '../moves.ts'
import type { World } from '../world.ts'
import { at } from './session.ts'

/** What a script that writes to storage may make of a record (test/unit/core/hostile-storage.test.ts has more). */
const POISONS: readonly Readonly<Record<string, unknown>>[] = [
  { epoch: 2 ** 53 },
  { epoch: 8e15 },
  { generation: 2 ** 53 },
  { generation: 8e15 },
  { session: '' },
  { status: 'somewhere' },
  { limits: null },
  { seenAt: 1e300 },
  { aheadMs: 1e12 },
  { retryAt: 8e15, pausedAt: 0 },
  { attempt: { by: 'x', startedAt: 1e300 } },
  { sealed: { accessToken: 5 } },
]
const PLACES = ['record', 'mirror'] as const

/** Writes these fields into what is stored. Returns where. */
function write(world: World, fields: object, places: readonly string[]): string | undefined {
  const { stored, written } = world.browser
  if (stored.record === undefined) return undefined
  if (places.includes('record')) stored.record = { ...(stored.record as object), ...fields }
  if (places.includes('mirror') && stored.mirror !== null)
    stored.mirror = JSON.stringify({ ...(JSON.parse(stored.mirror) as object), ...fields })
  world.wipedAt = written.length
  return `${JSON.stringify(fields)} in ${places.join(' and ')}`
}

/** What was written by something else than this version. */
export const recordMoves = {
  'poison the record': {
    weight: 1,
    trouble: 'strange record',
    run(world, pick, much) {
      const poison = at(POISONS, pick) ?? {}
      const places = much % 3 ? PLACES.slice(much % 2, 1 + (much % 2)) : PLACES
      const told = write(world, poison, places)
      world.newerSince = null
      return told && `a script writes ${told}`
    },
  },
  'a newer release': {
    weight: 1,
    trouble: 'strange record',
    run(world, _, much) {
      const told = write(world, much % 2 ? { v: 2 } : { v: '2', idle: 'elsewhere' }, PLACES)
      const { browser, calls } = world
      const isUndisputed = !calls.some(({ name, outcome }) => /^log/.test(name) && !outcome)
      // What a script has left without an identity is no record of any release (E3).
      const isRecord = parseRecord(browser.stored.record) !== null
      world.newerSince =
        told !== undefined && isUndisputed && isRecord
          ? { written: browser.written.length, calls: calls.length }
          : null
      return told && `a release that is taken back writes ${told}`
    },
  },
} satisfies Record<string, Move>
