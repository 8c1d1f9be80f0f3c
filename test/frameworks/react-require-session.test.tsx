// @vitest-environment happy-dom
import { lazy, StrictMode, Suspense, useState, type ReactElement, type ReactNode } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RequireSession, SessionProvider, useSession } from '../../src/react/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { act } from './act.ts'

// In StrictMode, which mounts every component twice. The same file runs in React 18 and 19.

let container: HTMLElement
let root: Root
let session: TestSession
const complaints = vi.spyOn(console, 'error')

beforeEach(() => {
  complaints.mockClear()
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  container = document.createElement('div')
  root = createRoot(container)
  session = createTestSession({ claims: { sub: 'alice' } })
})
afterEach(() => {
  act(() => root.unmount())
  session.dispose()
  vi.unstubAllGlobals()
  expect(complaints).not.toHaveBeenCalled()
})

function page(children: ReactNode): ReactElement {
  return (
    <StrictMode>
      <SessionProvider session={session}>
        <RequireSession fallback="Log in" restoring="One moment">
          {children}
        </RequireSession>
      </SessionProvider>
    </StrictMode>
  )
}

function Draft(): ReactNode {
  const [length, setLength] = useState(0)
  const { subject } = useSession()
  return <button onClick={() => setLength(length + 1)}>{`${subject ?? ''} wrote ${length}`}</button>
}

function write(): void {
  act(() => container.querySelector('button')?.click())
}

test('its children are shown while a user is signed in, and something else before and after', async () => {
  act(() => root.render(page('Private')))
  expect(container.textContent).toBe('One moment')
  await act(() => session.ready)
  expect(container.textContent).toBe('Private')
  await act(() => session.end('revoked'))
  expect(container.textContent).toBe('Log in')
  await act(() => session.logIn({ sub: 'bob' }))
  expect(container.textContent).toBe('Private')
})

test('its children keep their state through renewals and warnings, and lose it to another user', async () => {
  await session.ready
  act(() => root.render(page(<Draft />)))
  write()
  write()
  await act(() => session.getAccessToken({ forceRefresh: true }))
  await act(() => session.warn({ inMs: 30_000 }))
  expect(container.textContent).toBe('alice wrote 2')
  await act(() => session.logIn({ sub: 'bob' }))
  expect(container.textContent).toBe('bob wrote 0')
})

test('children that suspend are waited for, unless their session ends meanwhile', async () => {
  await session.ready
  const { promise, resolve } = Promise.withResolvers<{ readonly default: () => ReactNode }>()
  const Late = lazy(() => promise)
  act(() =>
    root.render(
      page(
        <Suspense fallback="Loading">
          <Late />
        </Suspense>,
      ),
    ),
  )
  expect(container.textContent).toBe('Loading')
  await act(() => session.end('revoked'))
  expect(container.textContent).toBe('Log in')
  await act(() => session.logIn({ sub: 'bob' }))
  expect(container.textContent).toBe('Loading')
  await act(async () => {
    resolve({ default: Draft })
    await promise
  })
  expect(container.textContent).toBe('bob wrote 0')
})

test('inside of a boundary that suspends, it shows what is true when the boundary is shown', async () => {
  await session.ready
  const { promise, resolve } = Promise.withResolvers<{ readonly default: () => ReactNode }>()
  const Late = lazy(() => promise)
  act(() =>
    root.render(
      <Suspense fallback="Loading">
        {page('Private')}
        <Late />
      </Suspense>,
    ),
  )
  expect(container.textContent).toBe('Loading')
  await act(() => session.end('revoked'))
  await act(async () => {
    resolve({ default: () => '.' })
    await promise
  })
  expect(container.textContent).toBe('Log in.')
})

test('a server renders what is shown meanwhile, and hydration continues from there', async () => {
  await session.ready
  const html = renderToString(page('Private'))
  expect(html).toBe('One moment')
  const host = document.createElement('div')
  host.innerHTML = html
  const onRecoverableError = vi.fn()
  const hydrated = await act(() => hydrateRoot(host, page('Private'), { onRecoverableError }))
  expect(host.textContent).toBe('Private')
  expect(onRecoverableError).not.toHaveBeenCalled()
  act(() => hydrated.unmount())
})
