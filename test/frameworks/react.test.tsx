// @vitest-environment happy-dom
import { StrictMode, type ReactElement, type ReactNode } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Session } from '../../src/index.ts'
import {
  SessionProvider,
  useSession,
  useSessionExpiring,
  type CurrentSession,
} from '../../src/react/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { act } from './act.ts'
import { watchListeners } from './watched-session.ts'

let container: HTMLElement
let root: Root
let session: TestSession
const complaints = vi.spyOn(console, 'error')

beforeEach(async () => {
  complaints.mockClear()
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.useFakeTimers()
  container = document.createElement('div')
  root = createRoot(container)
  session = createTestSession({ claims: { sub: 'alice' } })
  await session.ready
})
afterEach(() => {
  act(() => root.unmount())
  session.dispose()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(complaints).not.toHaveBeenCalled()
})

function provide(children: ReactNode, given: Session = session): ReactElement {
  return <SessionProvider session={given}>{children}</SessionProvider>
}

function show(element: ReactElement): void {
  act(() => root.render(element))
}

async function pass(ms: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms))
}

function Greeting(): ReactNode {
  const { status, subject } = useSession()
  return status === 'logged-in' ? `Hello ${subject ?? ''}` : status
}

function Remainder({ onRender }: { readonly onRender?: () => void }): ReactNode {
  const expiring = useSessionExpiring()
  onRender?.()
  return expiring ? `${expiring.cause} in ${expiring.secondsLeft}` : 'no warning'
}

test('a component renders the state of the session, and again after each change', async () => {
  const opening = createTestSession({ claims: { sub: 'alice' } })
  show(provide(<Greeting />, opening))
  expect(container.textContent).toBe('restoring')

  await act(() => opening.ready)
  expect(container.textContent).toBe('Hello alice')
  await act(() => opening.logIn({ sub: 'bob' }))
  expect(container.textContent).toBe('Hello bob')
  await act(() => opening.end('revoked'))
  expect(container.textContent).toBe('logged-out')
  opening.dispose()
})

test('a component renders again only for a change of the session', async () => {
  const seen: CurrentSession[] = []
  function Collector(): ReactNode {
    seen.push(useSession())
    return null
  }
  show(provide(<Collector />))
  show(provide(<Collector />))
  expect(new Set(seen).size).toBe(1)

  await act(() => session.end('revoked'))
  expect(seen.at(-1)).toMatchObject({ status: 'logged-out', end: { reason: 'revoked' } })
  expect(new Set(seen).size).toBe(2)
})

test('a component can call the session', async () => {
  function LogOut(): ReactNode {
    const { session } = useSession()
    return <button onClick={() => void session.logout()} />
  }
  show(provide(<LogOut />))
  await act(async () => {
    container.querySelector('button')?.click()
    await vi.advanceTimersByTimeAsync(0)
  })
  expect(session.state).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
})

test('a provider can be given another session', async () => {
  const other = createTestSession({ claims: { sub: 'bob' } })
  await other.ready
  const first = watchListeners(session)
  const elements = [<Greeting key="greeting" />, <Remainder key="remainder" />]
  show(provide(elements, first.session))
  show(provide(elements, other))
  expect(container.textContent).toBe('Hello bobno warning')
  expect(first.listeners.size).toBe(0)

  await act(() => session.end('revoked'))
  await act(() => other.warn({ inMs: 60_000 }))
  expect(container.textContent).toBe('Hello bobidle in 60')
  other.dispose()
})

test.each([useSession, useSessionExpiring])(
  '%o throws an error that names the missing provider',
  (useHook) => {
    function Orphan(): ReactNode {
      useHook()
      return null
    }
    expect(() => renderToString(<Orphan />)).toThrow(TypeError)
    expect(() => renderToString(<Orphan />)).toThrow(/<SessionProvider session=/)
  },
)

test('the countdown renders once a second while a warning is open, and not otherwise', async () => {
  const onRender = vi.fn()
  show(provide(<Remainder onRender={onRender} />))
  await pass(60_000)
  expect(container.textContent).toBe('no warning')
  expect(onRender).toHaveBeenCalledTimes(1)

  onRender.mockClear()
  await act(() => session.warn({ inMs: 30_000 }))
  expect(container.textContent).toBe('idle in 30')
  for (let left = 29; left > 0; left--) {
    await pass(1_000)
    expect(container.textContent).toBe(`idle in ${left}`)
  }
  expect(onRender).toHaveBeenCalledTimes(30)
})

test('the countdown changes on the second', async () => {
  show(provide(<Remainder />))
  await act(() => session.warn({ inMs: 20_300 }))
  expect(container.textContent).toBe('idle in 21')
  await pass(299)
  expect(container.textContent).toBe('idle in 21')
  await pass(1)
  expect(container.textContent).toBe('idle in 20')
  await pass(999)
  expect(container.textContent).toBe('idle in 20')
  await pass(1)
  expect(container.textContent).toBe('idle in 19')
})

test('after a sleep, the next tick shows the time that is really left', async () => {
  show(provide(<Remainder />))
  await act(() => session.warn({ inMs: 60_000 }))
  vi.setSystemTime(Date.now() + 40_000)
  await pass(1_000)
  expect(container.textContent).toBe('idle in 19')
})

test('another warning is shown at once, even within the same second', async () => {
  show(provide(<Remainder />))
  await act(() => session.warn({ inMs: 30_000 }))
  await act(() => session.warn({ cause: 'session-limit', inMs: 29_900 }))
  expect(container.textContent).toBe('session-limit in 30')
})

test('a component that is mounted during a warning shows the time that is left', async () => {
  await session.warn({ inMs: 60_000 })
  await vi.advanceTimersByTimeAsync(12_000)
  show(provide(<Remainder />))
  expect(container.textContent).toBe('idle in 48')
})

test('the warning closes when the session is extended, and when it ends', async () => {
  function Stay(): ReactNode {
    const expiring = useSessionExpiring()
    return expiring && <button onClick={() => void expiring.extend()} />
  }
  show(provide([<Stay key="stay" />, <Remainder key="remainder" />]))
  await act(() => session.warn({ inMs: 30_000 }))
  await act(async () => {
    container.querySelector('button')?.click()
    await vi.advanceTimersByTimeAsync(0)
  })
  expect(container.textContent).toBe('no warning')

  await act(() => session.warn({ cause: 'session-limit', inMs: 30_000 }))
  expect(container.textContent).toBe('session-limit in 30')
  await pass(31_000)
  expect(session.state).toMatchObject({ status: 'logged-out', end: { reason: 'session-limit' } })
  expect(container.textContent).toBe('no warning')
})

test('an unmounted component leaves no timer and no listener, with StrictMode or without', async () => {
  const watched = watchListeners(session)
  const idle = vi.getTimerCount()
  const element = provide(
    [<Greeting key="greeting" />, <Remainder key="remainder" />],
    watched.session,
  )
  show(<StrictMode>{element}</StrictMode>)
  expect(watched.listeners.size).toBe(2)
  expect(vi.getTimerCount()).toBe(idle)

  await act(() => session.warn({ inMs: 30_000 }))
  const withTick = vi.getTimerCount()
  show(<StrictMode />)
  expect(watched.listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(withTick - 1)
})

test('a server renders `restoring`, and hydration continues from there', async () => {
  await session.warn({ inMs: 30_000 })
  const element = provide([<Greeting key="greeting" />, <Remainder key="remainder" />])
  const html = renderToString(<StrictMode>{element}</StrictMode>)
  expect(html).toBe('restoring<!-- -->no warning')

  const page = document.createElement('div')
  page.innerHTML = html
  const onRecoverableError = vi.fn()
  const hydrated = await act(() =>
    hydrateRoot(page, <StrictMode>{element}</StrictMode>, { onRecoverableError }),
  )
  expect(page.textContent).toBe('Hello aliceidle in 30')
  expect(onRecoverableError).not.toHaveBeenCalled()
  act(() => hydrated.unmount())
})
