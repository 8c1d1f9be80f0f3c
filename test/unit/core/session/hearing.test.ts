import { expect, onTestFinished, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { jsonTransport } from '../../../../src/index.ts'
import { openSession } from '../../../../src/open-session.ts'
import { resolveOptions } from '../../../../src/options.ts'
import type { Mirror } from '../../../../src/ports.ts'
import type { Session } from '../../../../src/session.ts'
import { openLoneTab } from '../../../../src/testing/lone-tab.ts'
import { plainStorage } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

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
