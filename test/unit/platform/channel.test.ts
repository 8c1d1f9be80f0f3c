// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { openBroadcastChannel } from '../../../src/platform/channel.ts'

afterEach(() => void vi.unstubAllGlobals())

function refuse(): never {
  throw new DOMException('The operation is insecure', 'SecurityError')
}

test.each([
  ['has none', undefined],
  ['refuses to open one, as Firefox does where storage is blocked', refuse],
])('there is no channel if the browser %s', (_, constructor) => {
  vi.stubGlobal('BroadcastChannel', constructor)
  expect(openBroadcastChannel('a', () => undefined)).toBeNull()
})

test('a channel that cannot be opened again after the back/forward cache posts nothing, and throws nothing', () => {
  const channel = openBroadcastChannel('a', () => undefined)
  vi.stubGlobal('BroadcastChannel', refuse)
  dispatchEvent(new Event('pagehide'))
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  channel?.post('hint')
  channel?.close()
})
