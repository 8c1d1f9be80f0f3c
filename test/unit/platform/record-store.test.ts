// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openIndexedDb } from '../../../src/platform/record-store.ts'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

/** Resolves to 'settled' or 'waiting' once everything that could run has run. */
async function stateOf(work: Promise<unknown>): Promise<'settled' | 'waiting'> {
  let state: 'settled' | 'waiting' = 'waiting'
  const done = (): void => void (state = 'settled')
  work.then(done, done)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  return state
}

test('keeps one value per name, shared by all who open it', async () => {
  await openIndexedDb('a').update(() => ({ generation: 1 }))
  await openIndexedDb('b').update(() => ({ generation: 7 }))

  expect(await openIndexedDb('a').read()).toEqual({ generation: 1 })
  expect(await openIndexedDb('b').read()).toEqual({ generation: 7 })
  expect(await openIndexedDb('c').read()).toBeUndefined()
})

test('E1: updates of two tabs never mix, and each sees the one before it', async () => {
  const count = (value: unknown): number => ((value as number | undefined) ?? 0) + 1
  const [one, other] = [openIndexedDb('a'), openIndexedDb('a')]

  await Promise.all(
    Array.from({ length: 20 }, () => [one.update(count), other.update(count)]).flat(),
  )

  expect(await one.read()).toBe(40)
})

test('E1: a change that throws writes nothing, and its error comes back', async () => {
  const store = openIndexedDb('a')
  const refusal = new Error('not what was to be replaced')
  await store.update(() => 'kept')

  const changing = store.update(() => {
    throw refusal
  })

  await expect(changing).rejects.toBe(refusal)
  expect(await store.read()).toBe('kept')
})

const tell = (event: string): boolean =>
  (event === 'freeze' || event === 'resume' ? document : window).dispatchEvent(new Event(event))

describe.each([
  ['pagehide', 'pageshow'],
  ['freeze', 'resume'],
])('G1: from %s to %s', (left, back) => {
  test('an open transaction is aborted, none begins, and all are made up for afterwards', async () => {
    const store = openIndexedDb('a')
    await store.update(() => 'before')

    let tries = 0
    const underWay = store.update((value) => {
      // The page leaves while the transaction is open, of all moments.
      if (++tries === 1) tell(left)
      return `${String(value)}, half done`
    })
    // A page that leaves is no reason to say that the database fails.
    expect(await stateOf(underWay)).toBe('waiting')
    const late = store.update((value) => `${String(value)}, after`)
    expect(await stateOf(late)).toBe('waiting')
    expect(await openIndexedDb('a').read()).toBe('before')

    tell(back)
    await Promise.all([underWay, late])
    expect(await store.read()).toBe('before, half done, after')
    expect(tries).toBe(2)
  })

  // Chromium delivers the other tabs' messages to a page that is frozen, and holds up their writes for a read it began.
  test('nothing is read, so that no other tab waits with its writing', async () => {
    const away = openIndexedDb('a')
    await away.update(() => 'before')
    const underWay = away.read()
    tell(left)
    const begun = away.read()
    expect(await stateOf(Promise.race([underWay, begun]))).toBe('waiting')
    await openIndexedDb('a').update(() => 'after')

    tell(back)
    expect(await Promise.all([underWay, begun])).toEqual(['after', 'after'])
  })
})

test('a connection that hangs is given up, and the next call opens another', async () => {
  const working = indexedDB
  vi.stubGlobal('indexedDB', { open: () => ({}) })
  const store = openIndexedDb('a')
  expect(await stateOf(store.read())).toBe('waiting')

  vi.stubGlobal('indexedDB', working)
  expect(await stateOf(store.read())).toBe('waiting')
  store.reopen()

  await store.update(() => 'there')
  expect(await store.read()).toBe('there')
})

test('a database that somebody deletes is let go of, and the next call opens a new one', async () => {
  const store = openIndexedDb('a')
  await store.update(() => 'old')

  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('latchkey')
    request.onsuccess = resolve
    request.onblocked = () => reject(new Error('The connection was kept open'))
  })
  expect(await store.read()).toBeUndefined()
  await store.update(() => 'new')

  expect(await openIndexedDb('a').read()).toBe('new')
})
