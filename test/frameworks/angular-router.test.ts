// @vitest-environment happy-dom
import '@angular/compiler'
import { Component, inject, provideZonelessChangeDetection } from '@angular/core'
import { createApplication } from '@angular/platform-browser'
import {
  provideRouter,
  Router,
  type ActivatedRouteSnapshot,
  type RouterStateSnapshot,
  type Routes,
} from '@angular/router'
import { afterEach, expect, test } from 'vitest'
import { injectSession, provideSession, sessionGuard } from '../../src/angular/index.ts'
import type { Session } from '../../src/index.ts'
import { RESTORING } from '../../src/session-state.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { until } from '../support/patience.ts'
import { withoutImageChecks } from './without-image-checks.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean()
})

const Empty = Component({ selector: 'app-empty', template: '{{ name }}' })(
  class {
    readonly name = 'empty'
  },
)

const toLogin = sessionGuard(() => inject(Router).parseUrl('/login'))
const routes: Routes = [
  { path: 'login', component: Empty },
  { path: 'account', component: Empty, canActivate: [toLogin] },
  { path: 'matched', component: Empty, canMatch: [toLogin] },
  {
    path: 'deep',
    canActivateChild: [
      sessionGuard((_: ActivatedRouteSnapshot, { url }: RouterStateSnapshot) =>
        inject(Router).createUrlTree(['/login'], {
          queryParams: { next: url, why: injectSession().session.state.end?.reason },
        }),
      ),
    ],
    children: [{ path: 'down', component: Empty }],
  },
  {
    path: 'forbidden',
    component: Empty,
    canActivate: [sessionGuard(() => Promise.resolve(false))],
  },
]

function open(options: Parameters<typeof createTestSession>[0] = {}): TestSession {
  const session = createTestSession(options)
  cleanups.push(() => session.dispose())
  return session
}

async function routerOf(session: Session): Promise<Router> {
  const app = await createApplication({
    providers: [
      provideZonelessChangeDetection(),
      withoutImageChecks,
      provideSession(session),
      provideRouter(routes),
    ],
  })
  cleanups.push(() => app.destroy())
  return app.injector.get(Router)
}

test.each(['/account', '/matched', '/deep/down', '/forbidden'])(
  'a user who is signed in gets to %s, once the session has been restored',
  async (url) => {
    const session = open()
    const router = await routerOf(session)
    expect(session.state.status).toBe('restoring')
    expect(await router.navigateByUrl(url)).toBe(true)
    expect(router.url).toBe(url)
  },
)

test.each([
  ['/account', '/login'],
  ['/matched', '/login'],
  ['/deep/down', '/login?next=%2Fdeep%2Fdown&why=revoked'],
])('without a user, %s leads to %s', async (url, expected) => {
  const session = open()
  const router = await routerOf(session)
  await session.ready
  await session.end('revoked')
  await router.navigateByUrl(url)
  expect(router.url).toBe(expected)
})

test('the application may refuse a navigation', async () => {
  const router = await routerOf(open({ loggedIn: false }))
  expect(await router.navigateByUrl('/forbidden')).toBe(false)
  expect(router.url).toBe('/')
})

test('while it is open again whether a user is signed in, as after login() without an answer, the guard waits', async () => {
  const session = open()
  await session.ready
  const listeners = new Set<() => void>()
  let isOpen = true
  const opening: Session = {
    ...session,
    get state() {
      return isOpen ? RESTORING : session.state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const router = await routerOf(opening)
  const navigation = router.navigateByUrl('/account')
  await until('the guard listens', () => listeners.size === 1)
  isOpen = false
  for (const listener of listeners) listener()
  expect(await navigation).toBe(true)
  expect(router.url).toBe('/account')
  expect(listeners.size).toBe(0)
})
