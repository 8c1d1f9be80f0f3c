import { describe, expect, onTestFinished, test } from 'vitest'
import { withoutTokens, type SessionRecord } from '../../../../src/core/record/record.ts'
import { createAdoption } from '../../../../src/core/refresh/adoption.ts'
import { hearSiblings } from '../../../../src/core/session/hearing.ts'
import { answerTokens, jsonTransport } from '../../../../src/index.ts'
import { openSession } from '../../../../src/open-session.ts'
import { resolveOptions } from '../../../../src/options.ts'
import type { Mirror } from '../../../../src/ports.ts'
import type { Session } from '../../../../src/session.ts'
import { openLoneTab } from '../../../../src/testing/lone-tab.ts'
import { plainStorage } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { sampleLedger, type SampleLedger } from '../shared/sample-ledger.ts'
import { alice, bob, second } from './sample-tab.ts'

// Where localStorage is refused, only messages tell.
const NO_MIRROR: Mirror = { read: () => null, write: () => false, watch: () => () => undefined }

interface Setup {
  readonly session: Session
  /** How often the record was read. */
  readonly reads: number
  /** From now on a read takes its value at once, and hands it over after the call of what this returns. */
  delayReads(): () => void
  /** Writes the next generations, as another tab would, without a word of it. */
  write(generation: number): SessionRecord
  /** What another tab says of a record that it has written. */
  hint(record: SessionRecord): void
}

/** A tab in which a user has signed in. */
async function signedIn(): Promise<Setup> {
  const { ports, write, hear } = openLoneTab()
  const store = ports.openRecord('')
  let delay = Promise.resolve()
  let reads = 0
  const read = async (): Promise<unknown> => {
    reads++
    const found = await store.read()
    await delay
    return found
  }
  const session = openSession(
    resolveOptions({ transport: jsonTransport('/auth'), storage: plainStorage }),
    { ...ports, openRecord: () => ({ ...store, read }), openMirror: () => NO_MIRROR },
  )
  onTestFinished(session.dispose)
  await session.login({ access_token: 'access', refresh_token: 'refresh', expires_in: 600 })
  const first = write((current) => current) as SessionRecord
  return {
    session,
    get reads() {
      return reads
    },
    delayReads() {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      delay = promise
      return () => resolve(undefined)
    },
    write: (generation) =>
      write(() => ({
        ...first,
        generation,
        accessExpiresAt: (first.accessExpiresAt ?? 0) + generation,
      })) as SessionRecord,
    hint: (record) => hear({ type: 'hint', record: { ...record, sealed: undefined } }),
  }
}

test('a hint of what a look is about to find does not hide one of what it has missed', async () => {
  const { session, delayReads, write, hint } = await signedIn()
  const second = write(2)
  const goOn = delayReads()
  hint(second)
  await settle()
  const third = write(3)
  hint(third)
  // Told twice, as each change is, and late.
  hint(second)
  goOn()
  await settle()
  expect(session.state.accessExpiresAt).toBe(third.accessExpiresAt)
})

test('however many hints come during a look, one more look follows at most', async () => {
  const tab = await signedIn()
  const before = tab.reads
  const goOn = tab.delayReads()
  tab.hint(tab.write(2))
  await settle()
  for (let generation = 3; generation < 10; generation++) tab.hint(tab.write(generation))
  goOn()
  await settle()
  expect(tab.session.state.accessExpiresAt).toBe(tab.write(9).accessExpiresAt)
  expect(tab.reads - before).toBe(2)
})

interface Listening extends SampleLedger {
  /** How often the tab has looked at the record. */
  readonly looks: { count: number }
  readonly stop: () => void
  /** Another tab writes to the mirror. */
  mirrored(record: SessionRecord | null): Promise<void>
}

/** A tab that knows `known` and hears the others. */
async function listening(
  known: SessionRecord | null = alice,
  bringsTokens = false,
): Promise<Listening> {
  const made = await sampleLedger(known ?? undefined)
  const { time, tab, ledger, siblings, shared, mirror, watchers } = made
  const looks = { count: 0 }
  const stop = hearSiblings({
    tab,
    shared,
    ledger,
    siblings,
    adoption: createAdoption({ time, storage: plainStorage, tab, ledger, siblings }),
    async look() {
      looks.count++
      await ledger.look(() => Promise.resolve())
    },
    transport: { answerTokens: bringsTokens ? answerTokens(() => null) : undefined },
  })
  return {
    ...made,
    looks,
    stop,
    async mirrored(record) {
      mirror.value = record
      for (const watcher of watchers) watcher()
      await settle()
    },
  }
}

const over: SessionRecord = {
  ...bob,
  status: 'logged-out',
  tombstone: { sid: 'sid', everywhere: false },
}

describe('a tab looks at the record', () => {
  test.each<readonly [string, SessionRecord | null, unknown, number]>([
    ['not for a record that it knows', alice, { type: 'hint', record: alice }, 0],
    ['for the next generation', alice, { type: 'hint', record: second }, 1],
    [
      'for a change within its generation',
      alice,
      { type: 'hint', record: { ...alice, failures: 1 } },
      1,
    ],
    ['for a hint that does not say of what', alice, { type: 'hint' }, 1],
    ['for a hint while it knows of no record', null, { type: 'hint', record: alice }, 1],
    [
      'for a hint of nothing, as after storage was cleared',
      null,
      { type: 'hint', record: null },
      1,
    ],
  ])('%s', async (_, known, message, looks) => {
    const tab = await listening(known)
    tab.hear(message)
    await settle()
    expect(tab.looks.count).toBe(looks)
  })

  test('for a sign-out in the mirror, once, though it knows of that: the page that made it may be gone', async () => {
    const { tab, looks, mirrored, stop } = await listening(over)
    expect(tab.record).toEqual(over)
    await mirrored(withoutTokens(over))
    expect(looks.count).toBe(1)
    await mirrored(withoutTokens(over))
    expect(looks.count).toBe(1)
    await mirrored({ ...over, session: 'U', epoch: over.epoch + 1 })
    expect(looks.count).toBe(2)
    stop()
    await mirrored({ ...over, session: 'V', epoch: over.epoch + 2 })
    expect(looks.count).toBe(2)
  })

  test.each<readonly [string, SessionRecord | null, number]>([
    ['for a record in the mirror that it does not know', withoutTokens(second), 1],
    ['not for one that it knows', withoutTokens(alice), 0],
    ['for a mirror that was cleared', null, 1],
  ])('%s', async (_, record, count) => {
    const { looks, mirrored } = await listening()
    await mirrored(record)
    expect(looks.count).toBe(count)
  })
})

describe('the end of a session that another tab tells of', () => {
  test.each<readonly [string, SessionRecord, boolean]>([
    ['is shown at once', over, true],
    ['is not shown if the next session has begun', { ...over, epoch: alice.epoch - 1 }, false],
    ['is not shown beside another one of the same moment', { ...over, epoch: alice.epoch }, false],
  ])('%s', async (_, record, isShown) => {
    const { tab, hear, looks } = await listening()
    hear({ type: 'over', record })
    expect(tab.record?.status).toBe(isShown ? 'logged-out' : 'logged-in')
    expect(looks.count).toBe(0)
  })
})

test('a token that another tab hands over is held if the record has its generation', async () => {
  const { tab, hear } = await listening()
  hear({ type: 'handoff', session: 'S', generation: 2, accessToken: 'of no record' })
  await settle()
  expect(tab.held).toBeNull()
  hear({ type: 'handoff', session: 'S', generation: 1, accessToken: 'access' })
  await settle()
  expect(tab.held?.tokens).toMatchObject({ accessToken: 'access' })
})

test.each([
  ['a token is opened as soon as it is told of where each answer may bring one', true, 'access'],
  ['a token rests until it is needed where only a refresh brings one', false, undefined],
])('%s', async (_, bringsTokens, expected) => {
  const { tab, hear, database } = await listening(alice, bringsTokens)
  database.value = { ...second, sealed: { accessToken: 'access' } }
  hear({ type: 'hint' })
  await settle()
  expect(tab.record?.generation).toBe(2)
  expect(tab.held?.tokens.accessToken).toBe(expected)
})

test('a token that is not in the record is not asked for before it is needed', async () => {
  const { database, hear, posted } = await listening(alice, true)
  database.value = withoutTokens(second)
  hear({ type: 'hint' })
  await settle()
  expect(posted).toEqual([])
})
