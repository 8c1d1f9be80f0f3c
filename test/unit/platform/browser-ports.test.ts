// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { browserPorts } from '../../../src/platform/browser-ports.ts'
import { openBroadcastChannel } from '../../../src/platform/channel.ts'
import { browserLocks } from '../../../src/platform/locks.ts'
import { openLocalStorage } from '../../../src/platform/mirror.ts'
import type { Ports } from '../../../src/ports.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  localStorage.clear()
})

function ports(): Ports {
  const found = browserPorts()
  if (!found) throw new Error('happy-dom has a document')
  return found
}

test('there are no ports if there is no page', () => {
  vi.stubGlobal('document', undefined)
  expect(browserPorts()).toBeNull()
})

test('there are no locks if navigator.locks is null (happy-dom) or missing (plain http)', () => {
  expect(navigator.locks).toBeNull()
  expect(browserLocks()).toBeNull()
  vi.stubGlobal('navigator', {})
  expect(browserLocks()).toBeNull()
})

test('a random id has 128 bits and only characters that headers and URLs allow', () => {
  const ids = Array.from({ length: 200 }, () => ports().randomId())
  expect(new Set(ids).size).toBe(200)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{32}$/)
})

test('fetch is looked up at each call, so a later replacement is used', async () => {
  const { fetch } = ports()
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('replaced')))
  expect(await (await fetch('https://example.test')).text()).toBe('replaced')
})

test('an error of a listener is reported, or thrown again in a task of its own without reportError', () => {
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  const error = new Error('thrown by the application')
  ports().report(error)
  expect(reported).toHaveBeenCalledWith(error)

  vi.stubGlobal('reportError', undefined)
  vi.useFakeTimers()
  ports().report(error)
  expect(() => vi.runAllTimers()).toThrow(error)
  vi.useRealTimers()
})

test('a span appears on the timeline of the browser, with its detail', () => {
  const startedAt = performance.now()
  ports().measure('latchkey:refresh', startedAt, { outcome: 'renewed', by: 'this-tab' })
  const span = performance.getEntriesByName('latchkey:refresh', 'measure').at(-1)
  expect(span).toMatchObject({
    startTime: startedAt,
    detail: { outcome: 'renewed', by: 'this-tab' },
  })
  expect(span?.duration).toBeGreaterThan(0)
})

test('measuring does nothing without performance.measure', () => {
  vi.stubGlobal('performance', { now: () => 0 })
  expect(() => ports().measure('latchkey:refresh', 0, {})).not.toThrow()
})

test('a channel receives the messages of others with its name, not its own, and none once it is closed', async () => {
  const heard: unknown[] = []
  const mine = openBroadcastChannel('name', (message) => heard.push(['mine', message]))
  const other = openBroadcastChannel('name', (message) => heard.push(['other', message]))

  mine?.post('hello')
  await expect.poll(() => heard).toEqual([['other', 'hello']])

  other?.close()
  mine?.post('nobody listens')
  other?.post('a closed channel posts nothing')
  mine?.close()
  expect(heard).toHaveLength(1)
})

test('the channel is closed while the page is in the back/forward cache, and open again afterwards', async () => {
  const heard: unknown[] = []
  const mine = openBroadcastChannel('name', (message) => heard.push(message))
  const other = openBroadcastChannel('name', () => undefined)
  dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }))
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))

  other?.post('welcome back')
  await expect.poll(() => heard).toEqual(['welcome back'])

  mine?.close()
  other?.close()
})

test('there is no channel without BroadcastChannel', () => {
  vi.stubGlobal('BroadcastChannel', undefined)
  expect(openBroadcastChannel('name', () => undefined)).toBeNull()
})

test('the mirror returns what was written, and null for text that is not JSON', () => {
  const mirror = openLocalStorage('name')
  expect(mirror.read()).toBeNull()
  expect(mirror.write({ epoch: 1 })).toBe(true)
  expect(openLocalStorage('name').read()).toEqual({ epoch: 1 })

  localStorage.setItem('name', '{"epoch":')
  expect(mirror.read()).toBeNull()
})

test('blocked storage, whose getter throws, is an empty mirror that cannot be written', () => {
  vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('refused', 'SecurityError')
  })
  const mirror = openLocalStorage('name')
  expect(mirror.read()).toBeNull()
  expect(mirror.write({})).toBe(false)
})

test('watch reports changes of its own key and clearing, but no other key', () => {
  const changed = vi.fn()
  const stop = openLocalStorage('name').watch(changed)
  for (const key of ['name', 'another', null]) dispatchEvent(new StorageEvent('storage', { key }))
  expect(changed).toHaveBeenCalledTimes(2)

  stop()
  dispatchEvent(new StorageEvent('storage', { key: 'name' }))
  expect(changed).toHaveBeenCalledTimes(2)
})
