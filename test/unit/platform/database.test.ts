// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { createStore, get, set, update } from 'idb-keyval'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../../src/platform/database.ts'
import { openIndexedDb } from '../../../src/platform/record-store.ts'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

const count = (value: unknown): number => ((value as number | undefined) ?? 0) + 1

// Release 0.1.0 kept its record with idb-keyval. Users who are signed in when the next one is deployed stay so.
describe('the database of release 0.1.0', () => {
  const oldStore = (): ReturnType<typeof createStore> => createStore('latchkey', 'sessions')

  test('what it wrote is read and replaced', async () => {
    await set('a', { generation: 1 }, oldStore())
    const store = openIndexedDb('a')
    expect(await store.read()).toEqual({ generation: 1 })

    await store.update(() => ({ generation: 2 }))
    expect(await get('a', oldStore())).toEqual({ generation: 2 })
  })

  test('it reads and writes what this release made first', async () => {
    await openIndexedDb('a').update(() => 'new')
    expect(await get('a', oldStore())).toBe('new')
    await set('a', 'old', oldStore())
    expect(await openIndexedDb('a').read()).toBe('old')
    expect(await indexedDB.databases()).toEqual([{ name: 'latchkey', version: 1 }])
  })

  test('tabs of both releases update one value in turn', async () => {
    const [old, store] = [oldStore(), openIndexedDb('a')]
    await Promise.all(
      Array.from({ length: 20 }, () => [update('a', count, old), store.update(count)]).flat(),
    )
    expect(await get('a', old)).toBe(40)
  })
})

test('nothing is opened before it is needed', async () => {
  openDatabase()
  openIndexedDb('a').close()
  expect(await indexedDB.databases()).toEqual([])
})

test.each([
  ['is missing', undefined],
  [
    'throws when it is opened',
    {
      open() {
        throw new DOMException('refused', 'SecurityError')
      },
    },
  ],
])('begin rejects if indexedDB %s, and the next call tries again', async (_, broken) => {
  const working = indexedDB
  vi.stubGlobal('indexedDB', broken)
  const database = openDatabase()
  await expect(database.begin('readonly')).rejects.toThrow()

  vi.stubGlobal('indexedDB', working)
  await expect(database.begin('readonly')).resolves.toBeDefined()
})

test('begin rejects if the database cannot be opened, and the next call tries again', async () => {
  const working = indexedDB
  const request = { error: new DOMException('disk full', 'QuotaExceededError') }
  vi.stubGlobal('indexedDB', { open: () => request })
  const database = openDatabase()
  const begun = database.begin('readonly')
  ;(request as Partial<IDBOpenDBRequest>).onerror?.call(
    request as IDBOpenDBRequest,
    new Event('error'),
  )
  await expect(begun).rejects.toBe(request.error)

  vi.stubGlobal('indexedDB', working)
  await expect(database.begin('readonly')).resolves.toBeDefined()
})

test('a connection that was closed without an event is replaced within the call', async () => {
  const database = openDatabase()
  const { db } = await database.begin('readonly')
  db.close()
  await expect(database.begin('readwrite')).resolves.toBeDefined()
})

test('a connection that the browser closes is replaced by the next call', async () => {
  const database = openDatabase()
  const { db } = await database.begin('readonly')
  db.onclose?.(new Event('close'))
  const again = await database.begin('readonly')
  expect(again.db).not.toBe(db)
})

test('begin rejects if the database lacks the object store, after one more attempt', async () => {
  await new Promise((resolve) => {
    indexedDB.open('latchkey').onsuccess = resolve
  })
  const database = openDatabase()
  await expect(database.begin('readonly')).rejects.toMatchObject({ name: 'NotFoundError' })
  await expect(database.begin('readonly')).rejects.toMatchObject({ name: 'NotFoundError' })
})

test('a connection that arrives after it was given up is closed, and blocks no deletion', async () => {
  const database = openDatabase()
  const late = database.begin('readonly')
  database.disconnect()
  await late

  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('latchkey')
    request.onsuccess = resolve
    request.onblocked = () => reject(new Error('The connection was kept open'))
  })
})

test('a record that is closed keeps no connection', async () => {
  const store = openIndexedDb('a')
  await store.update(() => 'there')
  store.close()

  const request = indexedDB.open('latchkey', 2)
  const outcome = await new Promise((resolve) => {
    request.onsuccess = () => resolve('opened')
    request.onblocked = () => resolve('blocked')
  })
  expect(outcome).toBe('opened')
})
