// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openIndexedDb } from '../../../src/platform/record-store.ts'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

/** Resolves to 'settled' or 'waiting' once everything that can run has run. */
async function stateOf(work: Promise<unknown>): Promise<'settled' | 'waiting'> {
  let state: 'settled' | 'waiting' = 'waiting'
  const done = (): void => void (state = 'settled')
  work.then(done, done)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  return state
}

test('keeps one value per name, shared by all stores of that name', async () => {
  await openIndexedDb('a').update(() => ({ generation: 1 }))
  await openIndexedDb('b').update(() => ({ generation: 7 }))

  expect(await openIndexedDb('a').read()).toEqual({ generation: 1 })
  expect(await openIndexedDb('b').read()).toEqual({ generation: 7 })
  expect(await openIndexedDb('c').read()).toBeUndefined()
})

test('updates of two tabs never interleave: each sees the result of the one before', async () => {
  const count = (value: unknown): number => ((value as number | undefined) ?? 0) + 1
  const [one, other] = [openIndexedDb('a'), openIndexedDb('a')]

  await Promise.all(
    Array.from({ length: 20 }, () => [one.update(count), other.update(count)]).flat(),
  )

  expect(await one.read()).toBe(40)
})

test('a change that throws writes nothing, and update rejects with its error', async () => {
  const store = openIndexedDb('a')
  const refusal = new Error('the change was refused')
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
])('from %s to %s', (left, back) => {
  test('an open transaction is aborted, none begins, and all are repeated afterwards', async () => {
    const store = openIndexedDb('a')
    await store.update(() => 'before')

    let tries = 0
    const underWay = store.update((value) => {
      // The page leaves while the transaction is open.
      if (++tries === 1) tell(left)
      return `${String(value)}, half done`
    })
    // A call does not reject because the page is away.
    expect(await stateOf(underWay)).toBe('waiting')
    const late = store.update((value) => `${String(value)}, after`)
    expect(await stateOf(late)).toBe('waiting')
    expect(await openIndexedDb('a').read()).toBe('before')

    tell(back)
    await Promise.all([underWay, late])
    expect(await store.read()).toBe('before, half done, after')
    expect(tries).toBe(2)
  })

  // Chromium delivers messages to a frozen page. A read that the page begins then would block the writes of other tabs.
  test('nothing is read, so that no other tab has to wait with a write', async () => {
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

test('reopen gives up a connection that hangs, and the next call opens another', async () => {
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

test('a deletion of the database is not blocked, and the next call creates a new one', async () => {
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
