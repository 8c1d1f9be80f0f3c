// @vitest-environment happy-dom
import '@angular/compiler'
import {
  Component,
  Injector,
  provideZonelessChangeDetection,
  runInInjectionContext,
  signal,
  VERSION,
  type ApplicationRef,
  type Type,
} from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { afterEach, beforeEach, expect, inject as provided, test, vi } from 'vitest'
import { injectSession, injectSessionExpiring, provideSession } from '../../src/angular/index.ts'
import type { Session } from '../../src/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { watchListeners } from './watched-session.ts'
import { withoutImageChecks } from './without-image-checks.ts'

// Without zones, which is what a new application has. angular-zones.test.ts has them, angular-http.test.ts HttpClient.

const complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
// It says that it runs in development mode.
vi.spyOn(console, 'log').mockReturnValue()
const onRender = vi.fn(() => '')
const isThere = signal(true)
let session: TestSession
let app: ApplicationRef | undefined

beforeEach(async () => {
  for (const spy of complaints) spy.mockClear()
  onRender.mockClear()
  isThere.set(true)
  vi.useFakeTimers()
  session = createTestSession({ claims: { sub: 'alice' } })
  await session.ready
})
afterEach(() => {
  app?.destroy()
  app = undefined
  session.dispose()
  vi.useRealTimers()
  for (const spy of complaints) expect(spy).not.toHaveBeenCalled()
})

const Greeting = Component({
  selector: 'app-greeting',
  template: `
    @if (user.state(); as state) {
      <button (click)="user.session.logout()">{{ state.status }} {{ state.subject }}</button>
    }
  `,
})(
  class {
    readonly user = injectSession()
  },
)

const Fields = Component({
  selector: 'app-fields',
  template: `{{ user.status() }} {{ user.subject() }} {{ user.claims()?.['role'] }}
    {{ user.warning()?.cause }}`,
})(
  class {
    readonly user = injectSession()
  },
)

const Remainder = Component({
  selector: 'app-remainder',
  template: `{{ onRender() }}
    @if (expiring(); as warning) {
      <button (click)="warning.extend()">{{ warning.cause }} in {{ warning.secondsLeft }}</button>
    } @else {
      no warning
    }`,
})(
  class {
    readonly expiring = injectSessionExpiring()
    readonly onRender = onRender
  },
)

const Both = Component({
  selector: 'app-both',
  imports: [Greeting, Remainder],
  template: '@if (isThere()) {<app-greeting /><app-remainder />}',
})(
  class {
    readonly isThere = isThere
  },
)

/** Starts an application of one component. Resolves to what it shows. */
async function show(component: Type<unknown>, selector: string, given: Session = session) {
  const host = document.createElement(selector)
  document.body.replaceChildren(host)
  app = await bootstrapApplication(component, {
    providers: [provideZonelessChangeDetection(), withoutImageChecks, provideSession(given)],
  })
  return { text: () => host.textContent.trim().replace(/\s+/g, ' '), host }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

test('this is the version that the project asks for', () => {
  expect(VERSION.major).toBe(String(provided('angularMajor')))
})

test('a component renders the state of the session, and again after each change', async () => {
  const opening = createTestSession({ claims: { sub: 'alice' } })
  const { text, host } = await show(Greeting, 'app-greeting', opening)
  expect(text()).toBe('restoring')

  await opening.ready
  await pass(100)
  expect(text()).toBe('logged-in alice')
  await opening.logIn({ sub: 'bob' })
  await pass(100)
  expect(text()).toBe('logged-in bob')
  host.querySelector('button')?.click()
  await pass(100)
  expect(text()).toBe('logged-out')
  opening.dispose()
})

test('each field is a signal of its own', async () => {
  await session.logIn({ sub: 'carol', role: 'admin' })
  await session.warn({ cause: 'session-limit', inMs: 30_000 })
  const { text } = await show(Fields, 'app-fields')
  expect(text()).toBe('logged-in carol admin session-limit')
})

test.each([injectSession, injectSessionExpiring])(
  '%o throws an error that names what is missing from the providers',
  (use) => {
    const withoutSession = Injector.create({ providers: [] })
    const call = (): unknown => runInInjectionContext(withoutSession, () => use())
    expect(call).toThrow(TypeError)
    expect(call).toThrow('provideSession(session)')
  },
)

test('the countdown changes once a second while a warning is open, and not otherwise', async () => {
  const { text } = await show(Remainder, 'app-remainder')
  onRender.mockClear()
  await pass(60_000)
  expect(text()).toBe('no warning')
  expect(onRender).not.toHaveBeenCalled()

  await session.warn({ inMs: 30_500 })
  await pass(100)
  expect(text()).toBe('idle in 31')
  for (let left = 30; left > 0; left--) {
    await pass(1_000)
    expect(text()).toBe(`idle in ${left}`)
  }
})

test('the warning closes when the session is extended, and when it ends', async () => {
  const { text, host } = await show(Remainder, 'app-remainder')
  await session.warn({ inMs: 30_000 })
  await pass(100)
  host.querySelector('button')?.click()
  await pass(100)
  expect(text()).toBe('no warning')

  await session.warn({ cause: 'session-limit', inMs: 30_000 })
  await pass(100)
  expect(text()).toBe('session-limit in 30')
  await pass(31_000)
  expect(text()).toBe('no warning')
})

test('a component that is destroyed leaves no timer and no listener', async () => {
  const watched = watchListeners(session)
  const { text } = await show(Both, 'app-both', watched.session)
  await pass(100)
  expect(watched.listeners.size).toBe(2)

  await session.warn({ inMs: 30_000 })
  await pass(100)
  expect(text()).toBe('logged-in alice idle in 30')
  const withTick = vi.getTimerCount()
  isThere.set(false)
  await pass(100)
  expect(text()).toBe('')
  expect(watched.listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(withTick - 1)
})

test('the application is stable while its session has timers and a warning is open', async () => {
  await show(Both, 'app-both')
  await session.warn({ inMs: 30_000 })
  const stable = app?.whenStable()
  await pass(100)
  await stable
  expect(session.state.warning).not.toBeNull()
})
