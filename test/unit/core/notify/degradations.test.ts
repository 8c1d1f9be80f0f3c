import { expect, test } from 'vitest'
import { announceDegradations } from '../../../../src/core/notify/degradations.ts'
import type { Locks } from '../../../../src/ports.ts'
import { plainStorage } from '../../../support/profile.ts'

const locks: Locks = { run: (_, work) => work(true), query: () => Promise.resolve({}) }
const noLocks = { missing: 'locks', to: 'lease' }
const noChannel = { missing: 'channel', to: 'polling' }
const noCrypto = { missing: 'crypto', to: 'plain-text' }

test.each([
  ['nothing', locks, false, {}, []],
  ['nothing, and a storage that says so', locks, false, { isPlainText: false }, []],
  ['locks', null, false, {}, [noLocks]],
  ['the channel', locks, true, {}, [noChannel]],
  ['what encrypts tokens', locks, false, { isPlainText: true }, [noCrypto]],
  ['all of them', null, true, { isPlainText: true }, [noLocks, noChannel, noCrypto]],
])('a browser that lacks %s tells of each', (_, has, isAlone, kind, expected) => {
  const told: unknown[] = []
  announceDegradations(
    { locks: has },
    { isAlone },
    { ...plainStorage, ...kind },
    { emit: (event, payload) => told.push([event, payload]) },
  )
  expect(told).toEqual(expected.map((payload) => ['degraded', payload]))
})
