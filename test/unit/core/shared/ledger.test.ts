import { expect, test } from 'vitest'
import { renewed } from '../../../../src/core/record/transitions.ts'
import { createTab, type Tab } from '../../../../src/core/session/tab.ts'
import { createLedger, type Ledger } from '../../../../src/core/shared/ledger.ts'
import { openSharedRecord } from '../../../../src/core/shared/shared-record.ts'
import { openSiblings } from '../../../../src/core/shared/siblings.ts'
import { plus, sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { createTime } from '../../../../src/core/time/time.ts'
import { inSession, type SessionRecord } from '../../../../src/core/record/record.ts'
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'

const FIRST = sampleRecord()
const tokens = { accessToken: 'access-2' }
const startedAt = { wall: wallMs(BEGAN_AT + 1), session: sessionMs(BEGAN_AT + 1) }
const SECOND = renewed(FIRST, { tokens, sealed: null, startedAt, nextKey: 'key-3' })

interface Setup {
  readonly tab: Tab
  readonly ledger: Ledger
  /** What was shown to the tab, by whom. */
  readonly shown: unknown[]
  /** What was posted to the other tabs. */
  readonly posted: unknown[]
  readonly mirror: { value: unknown }
  readonly stored: { value: unknown }
  /** A message of another tab. */
  hear(message: unknown): void
}

/** A tab that knows the first generation, which is stored as well. */
async function setup(): Promise<Setup> {
  const clock = createVirtualClock()
  const shown: unknown[] = []
  const posted: unknown[] = []
  const mirror = { value: null as unknown }
  const stored = { value: FIRST as unknown }
  let onMessage: (message: unknown) => void = () => undefined
  const tab = createTab({
    id: 'tab 1',
    time: createTime(clock),
    leadMs: 60_000,
    chance: () => 0.5,
    onRecord: ({ next, by }) => shown.push([next?.generation, by]),
    onState: () => undefined,
  })
  const shared = openSharedRecord(
    clock,
    {
      read: () => Promise.resolve(stored.value),
      update(change) {
        return new Promise((resolve) => {
          stored.value = change(stored.value)
          resolve()
        })
      },
      reopen: () => undefined,
      close: () => undefined,
    },
    {
      read: () => mirror.value,
      write(value) {
        mirror.value = value
        return true
      },
      watch: () => () => undefined,
    },
    () => undefined,
  )
  const siblings = openSiblings(tab, (listener) => {
    onMessage = listener
    return { post: (message) => posted.push(message), close: () => undefined }
  })
  const ledger = createLedger({ tab, shared, siblings, events: { after: () => undefined } })
  await ledger.look(() => Promise.resolve())
  shown.length = 0
  return { tab, ledger, shown, posted, mirror, stored, hear: (message) => onMessage(message) }
}

const toSecond = (): SessionRecord => SECOND

test('a change is committed, shown in this tab, mirrored and told to the other tabs', async () => {
  const { tab, ledger, shown, posted, mirror, stored } = await setup()
  const { outcome } = await ledger.write(toSecond, { tokens })
  expect(outcome).toBe('written')
  expect(stored.value).toBe(SECOND)
  expect(mirror.value).toMatchObject({ generation: 2 })
  expect(shown).toEqual([[2, 'this-tab']])
  expect(tab.held).toMatchObject({ generation: 2, tokens })
  expect(posted).toEqual([{ type: 'hint', record: { ...SECOND, sealed: undefined } }])
})

test('a tab that has asked for the tokens is answered as soon as they are here', async () => {
  const { ledger, posted, hear } = await setup()
  hear({ type: 'question', session: 'S', newerThan: 1 })
  await ledger.write(toSecond, { tokens })
  expect(posted).toContainEqual({
    type: 'handoff',
    session: 'S',
    generation: 2,
    accessToken: 'access-2',
  })
})

test('a change that is lost shows this tab what is there instead, without its tokens', async () => {
  const { tab, ledger, shown, posted, stored } = await setup()
  stored.value = { ...FIRST, generation: 7 }
  const { outcome } = await ledger.write(() => undefined, { tokens })
  expect(outcome).toBe('lost')
  expect(shown).toEqual([[7, 'other-tab']])
  expect(tab.held).toBeNull()
  expect(posted).toEqual([])
})

test('a change that makes no generation of its own does not claim one that another tab has made', async () => {
  const { tab, ledger, shown, stored } = await setup()
  stored.value = { ...FIRST, generation: 7 }
  await ledger.write(
    inSession('S', (current) => ({ ...current, extendingAt: sessionMs(9) })),
    { tokens },
  )
  expect(shown).toEqual([[7, 'other-tab']])
  expect(tab.held).toBeNull()
})

test('under a lock a change is committed at once, and shown and told when the lock is free', async () => {
  const { ledger, shown, posted, stored } = await setup()
  const locked = ledger.underLock()
  const order: string[] = []
  await locked.write(toSecond, { tokens })
  locked.afterwards(() => order.push(`after ${shown.length}`))
  expect(stored.value).toBe(SECOND)
  expect([shown, posted]).toEqual([[], []])
  locked.release()
  expect(shown).toEqual([[2, 'this-tab']])
  expect(posted).toMatchObject([{ type: 'hint' }])
  expect(order).toEqual(['after 1'])
})

test('what a change will come to is visible before the commit, and taken back if it does not come about', async () => {
  const { ledger, shown, posted, mirror, stored } = await setup()
  const ahead = { ...FIRST, session: 'T', epoch: FIRST.epoch + 1, status: 'logged-out' } as const
  const other = { ...FIRST, session: 'U', epoch: FIRST.epoch + 2 }
  stored.value = other
  const writing = ledger.write(() => undefined, { ahead })
  expect(mirror.value).toMatchObject({ session: 'T' })
  expect(posted).toMatchObject([{ type: 'over', record: { session: 'T' } }])
  expect(shown).toHaveLength(1)
  await writing
  expect(mirror.value).toMatchObject({ session: 'U' })
  expect(shown).toHaveLength(2)
})

test('storage found empty says nothing about a session that began while it was read', async () => {
  const { tab, ledger, stored } = await setup()
  stored.value = undefined
  const next = { ...FIRST, session: 'T', epoch: FIRST.epoch + 1, seenAt: plus(FIRST.seenAt, 1) }
  await ledger.look(() => {
    ledger.show(next)
    return Promise.resolve()
  })
  expect(tab.record).toBe(next)
})
