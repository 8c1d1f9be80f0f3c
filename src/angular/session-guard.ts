import { inject, Injector, runInInjectionContext } from '@angular/core'
import type { Session } from '../index.ts'
import { injectProvidedSession } from './provide-session.ts'

/**
 * A guard for `canActivate`, `canActivateChild` or `canMatch`: waits until it is known whether a user is signed in. If
 * none is, the result of `otherwise` decides, such as `inject(Router).parseUrl('/login')`. It is called like the guard,
 * in an injection context.
 *
 * Without a page, on a server, the guard lets every navigation pass: only the browser knows its user.
 */
export function sessionGuard<Args extends readonly unknown[], Result>(
  otherwise: (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result | true> {
  return async (...args) => {
    const session = injectProvidedSession()
    const injector = inject(Injector)
    const found = await session.ready
    if (found.status === 'restoring') return true
    await restored(session)
    if (session.state.status === 'logged-in') return true
    return await runInInjectionContext(injector, () => otherwise(...args))
  }
}

/** Resolves once it is known whether a user is signed in. After `login()` without an answer that is open again. */
function restored(session: Session): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.subscribe(look)
    function look(): void {
      if (session.state.status === 'restoring') return
      stop()
      resolve()
    }
    look()
  })
}
