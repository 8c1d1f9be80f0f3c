import { expect, test } from 'vitest'
import { aDay, aDeploy, allowedAfterOutage, anOutage, type Outage } from '../fleet/scenarios.ts'

// npm run simulate:fleet has a million. Of fewer, single seconds say less: where they come near to what is allowed, more clients.
const FEW = { clients: 10_000, seed: 1 }
const MANY = { clients: 100_000, seed: 1 }

test.each<[Outage['users'], typeof FEW]>([
  ['visitors', MANY],
  ['residents', FEW],
  ['residents, long tokens', MANY],
  ['herd', FEW],
])(
  'after an outage, %s ask no more than twice what the backlog is, spread over a minute',
  (users, size) => {
    const { steady, peak } = anOutage(size, { users, hasJitter: true })
    expect(steady).toBeGreaterThan(1)
    // The backlog is there: no client has given up.
    expect(peak).toBeGreaterThan(5 * steady)
    expect(peak).toBeLessThan(allowedAfterOutage(steady))
  },
)

test('without jitter, tokens that run out at once would ask at once for as long as the outage lasts', () => {
  const { steady, peak } = anOutage(FEW, { users: 'herd', hasJitter: false })
  expect(peak).toBeGreaterThan(2 * allowedAfterOutage(steady))
})

test('after a sign-in of all at once, a server that draws lifetimes sees a twentieth of the rush', () => {
  const how = { isResident: true, hasJitter: true }
  const fixed = aDeploy(MANY, { ...how, drawsLifetimes: false })
  const drawn = aDeploy(MANY, { ...how, drawsLifetimes: true })
  expect(drawn.peak).toBeLessThan(fixed.peak / 20)
  expect(drawn.peak).toBeLessThan(3 * drawn.steady)
})

test('the same seed is the same day, to the second', () => {
  const first = aDay(FEW, true)
  expect(aDay(FEW, true).refreshes).toEqual(first.refreshes)
  expect(aDay({ ...FEW, seed: 2 }, true).refreshes).not.toEqual(first.refreshes)
})
