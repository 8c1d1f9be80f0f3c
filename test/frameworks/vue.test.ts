// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  createApp,
  createSSRApp,
  defineComponent,
  h,
  nextTick,
  onUpdated,
  shallowRef,
  type App,
  type Component,
} from 'vue'
import { renderToString } from 'vue/server-renderer'
import type { Session } from '../../src/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { sessionPlugin, useSession, useSessionExpiring } from '../../src/vue/index.ts'
import { watchListeners } from './watched-session.ts'

const complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
const onUpdate = vi.fn()
let session: TestSession
let app: App | undefined

beforeEach(async () => {
  for (const spy of complaints) spy.mockClear()
  onUpdate.mockClear()
  vi.useFakeTimers()
  session = createTestSession({ claims: { sub: 'alice' } })
  await session.ready
})
afterEach(() => {
  app?.unmount()
  app = undefined
  session.dispose()
  vi.useRealTimers()
  for (const spy of complaints) expect(spy).not.toHaveBeenCalled()
})

const Greeting = defineComponent(() => {
  const { session, state } = useSession()
  return () => {
    const { status, subject } = state.value
    return h('button', { onClick: () => session.logout() }, `${status} ${subject ?? ''}`)
  }
})

const Remainder = defineComponent(() => {
  const expiring = useSessionExpiring()
  onUpdated(onUpdate)
  return () => {
    const { value } = expiring
    return value
      ? h('button', { onClick: () => value.extend() }, `${value.cause} in ${value.secondsLeft}`)
      : 'no warning'
  }
})

function mount(component: Component, given: Session = session): HTMLElement {
  const container = document.createElement('div')
  app = createApp(component).use(sessionPlugin, given)
  app.mount(container)
  return container
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

async function press(container: HTMLElement): Promise<void> {
  container.querySelector('button')?.click()
  await pass(0)
}

test('a component renders the state of the session, and again after each change', async () => {
  const opening = createTestSession({ claims: { sub: 'alice' } })
  const container = mount(Greeting, opening)
  expect(container.textContent).toBe('restoring ')

  await opening.ready
  await pass(0)
  expect(container.textContent).toBe('logged-in alice')
  await opening.logIn({ sub: 'bob' })
  expect(container.textContent).toBe('logged-in bob')
  await press(container)
  expect(container.textContent).toBe('logged-out ')
  opening.dispose()
})
test.each([useSession, useSessionExpiring])(
  '%o throws an error that names the missing plugin',
  (use) => {
    const withoutPlugin = createApp({})
    expect(() => withoutPlugin.runWithContext<unknown>(use)).toThrow(TypeError)
    expect(() => withoutPlugin.runWithContext<unknown>(use)).toThrow(
      'app.use(sessionPlugin, session)',
    )
  },
)

test('the countdown changes once a second while a warning is open, and not otherwise', async () => {
  const container = mount(Remainder)
  await pass(60_000)
  expect(container.textContent).toBe('no warning')
  expect(onUpdate).not.toHaveBeenCalled()

  await session.warn({ inMs: 30_000 })
  expect(container.textContent).toBe('idle in 30')
  for (let left = 29; left > 0; left--) {
    await pass(1_000)
    expect(container.textContent).toBe(`idle in ${left}`)
  }
  expect(onUpdate).toHaveBeenCalledTimes(30)
})

test('after a sleep, the next tick shows the time that is really left', async () => {
  const container = mount(Remainder)
  await session.warn({ inMs: 60_000 })
  vi.setSystemTime(Date.now() + 40_000)
  await pass(1_000)
  expect(container.textContent).toBe('idle in 19')
})

test('the warning closes when the session is extended, and when it ends', async () => {
  const container = mount(Remainder)
  await session.warn({ inMs: 30_000 })
  await press(container)
  expect(container.textContent).toBe('no warning')

  await session.warn({ cause: 'session-limit', inMs: 30_000 })
  expect(container.textContent).toBe('session-limit in 30')
  await pass(31_000)
  expect(container.textContent).toBe('no warning')
})

test('an unmounted component leaves no timer and no listener', async () => {
  const watched = watchListeners(session)
  const timers = vi.getTimerCount()
  const isThere = shallowRef(true)
  mount(() => (isThere.value ? [h(Greeting), h(Remainder)] : null), watched.session)
  expect(watched.listeners.size).toBe(2)
  expect(vi.getTimerCount()).toBe(timers)

  await session.warn({ inMs: 30_000 })
  const withTick = vi.getTimerCount()
  isThere.value = false
  await nextTick()
  expect(watched.listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(withTick - 1)
})

test('hydration continues from the `restoring` of the server', async () => {
  const Page: Component = () => [h(Greeting), h(Remainder)]
  const opening = createTestSession({ loggedIn: false })
  const html = await renderToString(createSSRApp(Page).use(sessionPlugin, opening))
  opening.dispose()
  expect(html).toContain('restoring')

  await session.warn({ inMs: 30_000 })
  const container = document.createElement('div')
  container.innerHTML = html
  app = createSSRApp(Page).use(sessionPlugin, session)
  app.mount(container)
  await nextTick()
  expect(container.textContent).toBe('logged-in aliceidle in 30')
})
