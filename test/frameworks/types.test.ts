import type { HttpInterceptorFn } from '@angular/common/http'
import type { Signal } from '@angular/core'
import type { CanActivateChildFn, CanActivateFn, CanMatchFn, UrlTree } from '@angular/router'
import { expectTypeOf, test } from 'vitest'
import type { App } from 'vue'
import type {
  CurrentSession as CurrentSignals,
  injectSessionExpiring,
  provideSession,
  sessionGuard,
  sessionInterceptor,
} from '../../src/angular/index.ts'
import type { Session, SessionEnd, SessionWarning } from '../../src/index.ts'
import type {
  CurrentSession,
  SessionExpiring,
  SessionProviderProps,
} from '../../src/react/index.ts'
import { sessionPlugin, type CurrentSession as CurrentRefs } from '../../src/vue/index.ts'

// What compiles and what must not. These fail in `npm run test:types`; here they only have to run.

test('the status narrows what useSession returns', () => {
  const read = (current: CurrentSession): void => {
    expectTypeOf(current.session).toEqualTypeOf<Session>()
    if (current.status === 'logged-in') {
      expectTypeOf(current.warning).toEqualTypeOf<SessionWarning | null>()
      expectTypeOf(current.end).toEqualTypeOf<null>()
    } else expectTypeOf(current.subject).toEqualTypeOf<null>()
    if (current.status === 'logged-out')
      expectTypeOf(current.end).toEqualTypeOf<SessionEnd | null>()
    // @ts-expect-error -- readonly
    current.status = 'restoring'
  }
  expectTypeOf(read).toBeFunction()
})

test('a countdown is a warning', () => {
  expectTypeOf<SessionExpiring>().toExtend<SessionWarning>()
  expectTypeOf<SessionExpiring['secondsLeft']>().toEqualTypeOf<number>()
})

test('a provider and a plugin require a session', () => {
  const use = (app: App, session: Session): unknown => [
    app.use(sessionPlugin, session),
    // @ts-expect-error -- the session is missing
    app.use(sessionPlugin),
    // @ts-expect-error -- not a session
    app.use(sessionPlugin, session.state),
    // @ts-expect-error -- the session is missing
    {} satisfies SessionProviderProps,
  ]
  expectTypeOf(use).toBeFunction()
})

test('the ref of the state is readonly', () => {
  const write = ({ state }: CurrentRefs): void => {
    // @ts-expect-error -- readonly
    state.value = state.value
  }
  expectTypeOf(write).toBeFunction()
})

test('the signals are readonly, and the interceptor is one', () => {
  const read = ({ state, subject }: CurrentSignals): void => {
    const current = state()
    if (current.status === 'logged-out')
      expectTypeOf(current.end).toEqualTypeOf<SessionEnd | null>()
    expectTypeOf(subject).toEqualTypeOf<Signal<string | null>>()
    expectTypeOf(subject).not.toHaveProperty('set')
  }
  expectTypeOf(read).toBeFunction()
  expectTypeOf<typeof sessionInterceptor>().toEqualTypeOf<HttpInterceptorFn>()
  expectTypeOf<ReturnType<typeof injectSessionExpiring>>().toEqualTypeOf<
    Signal<SessionExpiring | null>
  >()
})

test('a guard fits wherever the function that it is given fits', () => {
  const make = (guard: typeof sessionGuard, provide: typeof provideSession): unknown => [
    guard((): UrlTree | Promise<UrlTree> => Promise.reject(new Error())) satisfies CanActivateFn,
    guard((): UrlTree | boolean => false) satisfies CanMatchFn,
    guard(
      (...[, { url }]: Parameters<CanActivateChildFn>) => url === '/',
    ) satisfies CanActivateChildFn,
    // @ts-expect-error -- a path is no UrlTree
    guard(() => '/login') satisfies CanActivateFn,
    // @ts-expect-error -- a function, which can inject the router
    guard('/login'),
    // @ts-expect-error -- the session is missing
    provide(),
  ]
  expectTypeOf(make).toBeFunction()
})
