import { calculateThumbprint } from 'dpop'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dpop } from '../../../src/dpop/index.ts'
import { jsonTransport } from '../../../src/index.ts'
import { openIndexedDb } from '../../../src/platform/record-store.ts'
import {
  bindSession,
  boundTransport,
  failToRenew,
  NOTES,
  REFRESH,
} from '../../support/bound-session.ts'
import { AUTH } from '../../support/dpop-server.ts'
import { rejection } from '../../support/signed-in.ts'
import { clearStorage, stubPage } from '../../support/stub-page.ts'

// One key for all tabs, and what happens without one.

// Generating keys can take long on a busy machine.
vi.setConfig({ testTimeout: 30_000 })
beforeEach(stubPage)
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const thumbprint = async (pair: Promise<CryptoKeyPair>): Promise<string> =>
  await calculateThumbprint((await pair).publicKey)

test('tabs that are opened together get the same pair, and so does the next page load', async () => {
  const tabs = Array.from({ length: 5 }, boundTransport)
  const found = await Promise.all(tabs.map((tab) => thumbprint(tab.keyPair())))
  const later = await thumbprint(boundTransport().keyPair())
  expect(new Set([...found, later]).size).toBe(1)
})

test('script cannot export the private key, neither from the transport nor from storage', async () => {
  const { privateKey } = await boundTransport().keyPair()
  const kept = (await openIndexedDb(`latchkey-dpop:${AUTH}/auth#json`).read()) as CryptoKeyPair
  for (const key of [privateKey, kept.privateKey])
    for (const format of ['jwk', 'pkcs8'] as const)
      await expect(crypto.subtle.exportKey(format, key)).rejects.toThrow(/extractable/)
})

test('transports of different servers have different keys', async () => {
  const other = dpop(jsonTransport('https://other.test/auth'))
  expect(await thumbprint(other.keyPair())).not.toBe(await thumbprint(boundTransport().keyPair()))
})

test('a stored value that is not a key pair is replaced', async () => {
  await openIndexedDb(`latchkey-dpop:${AUTH}/auth#json`).update(() => ({ privateKey: 'mine' }))
  const [one, two] = [boundTransport(), boundTransport()]
  expect(await thumbprint(one.keyPair())).toBe(await thumbprint(two.keyPair()))
})

test('three tabs refresh for each other with one key', async () => {
  const { server, tabs } = await bindSession({}, 3)
  for (let round = 0; round < 2; round++)
    for (const { session } of tabs) {
      await session.getAccessToken({ forceRefresh: true })
      for (const other of tabs) expect((await other.session.authFetch(NOTES)).status).toBe(200)
    }
  expect(server.seenAt(REFRESH)).toHaveLength(6)
  expect(server.keys.size).toBe(1)
})

describe('after storage was cleared', () => {
  test('the next sign-in in the same tab stores its pair again, and other tabs find it', async () => {
    const tab = boundTransport()
    const before = await thumbprint(tab.keyPair())
    await clearStorage()
    expect(await thumbprint(tab.keyPair())).toBe(before)
    expect(await thumbprint(boundTransport().keyPair())).toBe(before)
  })

  test('a sign-in in another tab creates a new pair, which the first tab uses as well', async () => {
    const { server, tabs, transports, openTab } = await bindSession()
    expect((await tabs[0].session.authFetch(NOTES)).status).toBe(200)
    await clearStorage()
    const other = await openTab()
    const [, own] = transports
    if (!own) throw new Error('No second tab')
    await other.session.login(await server.signIn(await own.keyPair()))
    expect((await other.session.authFetch(NOTES)).status).toBe(200)
    const status = async () => (await tabs[0].session.authFetch(NOTES)).status
    await expect.poll(status).toBe(200)
    expect(server.keys.size).toBe(2)
    expect(server.seenAt(REFRESH)).toEqual([])
  })
})

/** The error of a page without a key. */
const NO_KEY = { name: 'SessionError', code: 'key_unavailable' }

describe('without a key', () => {
  test.each<[string, () => void]>([
    ['without crypto.subtle', () => vi.stubGlobal('crypto', { subtle: undefined })],
    ['without IndexedDB', () => vi.stubGlobal('indexedDB', undefined)],
    [
      'if IndexedDB is refused',
      () =>
        vi.stubGlobal('indexedDB', {
          open: () => {
            throw new DOMException('The operation is insecure', 'SecurityError')
          },
        }),
    ],
    ['without a page', () => vi.unstubAllGlobals()],
  ])('%s a sign-in rejects at once', async (_, refuse) => {
    refuse()
    expect(await rejection(boundTransport().keyPair())).toMatchObject(NO_KEY)
  })

  test('if IndexedDB hangs, a sign-in rejects after two seconds, and a later one finds a key once it answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const working = indexedDB
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    const transport = boundTransport()
    let heard: unknown
    const waiting = rejection(transport.keyPair()).then((error) => (heard = error))
    await vi.advanceTimersByTimeAsync(1_900)
    expect(heard).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    await waiting
    expect(heard).toMatchObject(NO_KEY)

    vi.stubGlobal('indexedDB', working)
    vi.useRealTimers()
    expect((await transport.keyPair()).privateKey.type).toBe('private')
  })

  test('a sign-in waits once more if the page was frozen meanwhile, which is no fault of the database', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const working = indexedDB
    const request: Partial<IDBOpenDBRequest> = {}
    vi.stubGlobal('indexedDB', { open: () => request })
    const waiting = boundTransport().keyPair()
    await vi.advanceTimersByTimeAsync(0)
    // The page is frozen for an hour. Then its timer fires first, and the answer of the database arrives after it.
    performance.now = () => 3_600_000
    await vi.advanceTimersByTimeAsync(2_000)
    const opened = working.open('latchkey')
    opened.onupgradeneeded = () => opened.result.createObjectStore('sessions')
    await new Promise((resolve) => (opened.onsuccess = resolve))
    Object.assign(request, { result: opened.result })
    request.onsuccess?.call(opened, new Event('success'))
    expect((await waiting).privateKey.type).toBe('private')
  })

  test('a hidden page, whose timers are up to a minute late, waits no second time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    Object.assign(document, { visibilityState: 'hidden' })
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    let heard: unknown
    void rejection(boundTransport().keyPair()).then((error) => (heard = error))
    await vi.advanceTimersByTimeAsync(0)
    performance.now = () => 60_000
    await vi.advanceTimersByTimeAsync(2_000)
    expect(heard).toMatchObject(NO_KEY)
  })

  test('a page that has a key keeps using it, and late timers do not make it wait twice', async () => {
    const transport = boundTransport()
    const before = await thumbprint(transport.keyPair())
    await clearStorage()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    const waiting = thumbprint(transport.keyPair())
    await vi.advanceTimersByTimeAsync(0)
    performance.now = () => 60_000
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await waiting).toBe(before)
  })

  test('a request rejects with `key_unavailable`, a refresh is postponed, and the session continues', async () => {
    const { server, tabs, openTab } = await bindSession()
    const working = indexedDB
    vi.stubGlobal('indexedDB', undefined)
    const other = await openTab()
    const { session } = other
    expect(await rejection(session.authFetch(NOTES))).toMatchObject(NO_KEY)
    await failToRenew(other)
    expect(session.state.status).toBe('logged-in')
    expect([...server.seenAt(NOTES), ...server.seenAt(REFRESH)]).toEqual([])

    vi.stubGlobal('indexedDB', working)
    expect((await session.authFetch(NOTES)).status).toBe(200)
    expect(tabs[0].session.state.status).toBe('logged-in')
  })

  test('the pair that was last read is used if IndexedDB fails', async () => {
    const { tabs } = await bindSession()
    const { session } = tabs[0]
    expect((await session.authFetch(NOTES)).status).toBe(200)
    await clearStorage()
    vi.stubGlobal('indexedDB', undefined)
    await session.getAccessToken({ forceRefresh: true })
    expect((await session.authFetch(NOTES)).status).toBe(200)
  })
})
