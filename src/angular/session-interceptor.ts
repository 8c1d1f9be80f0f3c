import type {
  HttpErrorResponse,
  HttpEvent,
  HttpEventType,
  HttpHandlerFn,
  HttpInterceptorFn,
  HttpRequest,
} from '@angular/common/http'
import { inject, NgZone, PendingTasks } from '@angular/core'
import { Observable, type Subscriber, type Subscription } from 'rxjs'
import { isSessionError } from '../errors.ts'
import type { AuthRequestInit, Session } from '../index.ts'
import { injectProvidedSession } from './provide-session.ts'
import { responseOf } from './response-of.ts'

/** A value of its own: the enum is code, and Angular's packages cannot be loaded without its compiler or linker. */
const RESPONSE: HttpEventType.Response = 4

/**
 * For `provideHttpClient(withInterceptors([sessionInterceptor]))`: requests get what `session.authFetch` adds, at the same
 * origins, and are repeated once if their token is refused. HttpClient's own backend sends them, so progress is reported as
 * without it; of a request that is repeated, twice.
 *
 * A request fails with a `SessionError` where `authFetch` rejects with one. With an `Authorization` of its own, by JSONP or
 * on a server it is left as it is.
 */
export const sessionInterceptor: HttpInterceptorFn = (request, next) => {
  const session = injectProvidedSession()
  const zone = inject(NgZone)
  const tasks = inject(PendingTasks)
  if (request.method === 'JSONP' || request.headers.has('Authorization')) return next(request)
  return new Observable((observer) => {
    // What comes after an `await` is outside the zone of its caller, who relies on it for change detection.
    const isInZone = NgZone.isInAngularZone()
    const inZone = (work: () => void): void => (isInZone ? zone.run(work) : work())
    return send({ session, request, next, observer, inZone, begin: () => tasks.add() })
  })
}

interface Sending {
  readonly session: Session
  readonly request: HttpRequest<unknown>
  readonly next: HttpHandlerFn
  readonly observer: Subscriber<HttpEvent<unknown>>
  readonly inZone: (work: () => void) => void
  /** Keeps the application from being stable until the returned function is called. */
  readonly begin: () => () => void
}

/** Sends the request, a second time if need be. Returns what gives it up. */
function send({ session, request, next, observer, inZone, begin }: Sending): () => void {
  // While the session is at work. HttpClient says for itself when the backend is, which in a test is never.
  let rest = begin()
  const unsubscribed = new AbortController()
  let sent: Subscription | undefined
  let conclude = (): void => observer.complete()

  const fetch: typeof globalThis.fetch = (href, init) =>
    new Promise((resolve, reject) => {
      rest()
      if (!init?.headers) {
        // It gets no token, so there is nothing to judge.
        inZone(() => void (sent = next(request).subscribe(observer)))
        return
      }
      const { signal } = init
      signal?.addEventListener('abort', () => {
        sent?.unsubscribe()
        reject(signal.reason as Error)
      })
      const onEvent = (event: HttpEvent<unknown>): void => {
        if (event.type !== RESPONSE) return observer.next(event)
        rest = begin()
        conclude = () => {
          observer.next(event)
          observer.complete()
        }
        resolve(responseOf(event, href as string))
      }
      const onError = (error: HttpErrorResponse): void => {
        rest = begin()
        conclude = () => observer.error(error)
        // Without a status, the network failed or another interceptor threw.
        if (error.status > 0) resolve(responseOf(error, href as string))
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- HttpClient's own
        else reject(error)
      }
      inZone(() => {
        sent = next(authorized(request, init)).subscribe({
          next: onEvent,
          error: onError,
          // Another interceptor may swallow the answer.
          complete: () => resolve(new Response()),
        })
      })
    })

  session
    .authFetch(request.urlWithParams, { ...initOf(request), fetch, signal: unsubscribed.signal })
    .then(
      () => inZone(conclude),
      (error: unknown) =>
        inZone(() => {
          if (isSessionError(error, 'no_page')) sent = next(request).subscribe(observer)
          else observer.error(error)
        }),
    )
  return () => {
    unsubscribed.abort()
    sent?.unsubscribe()
    rest()
  }
}

/** What the session has to know of a request: the body is none of it. */
function initOf(request: HttpRequest<unknown>): AuthRequestInit {
  const { method, withCredentials } = request
  // Angular before 20.2 knows neither.
  const { keepalive = false, credentials } = request as Partial<HttpRequest<unknown>>
  const including = withCredentials ? 'include' : undefined
  return { method, keepalive, ...ifGiven(credentials ?? including) }
}

function ifGiven(credentials: RequestCredentials | undefined): AuthRequestInit {
  return credentials ? { credentials } : {}
}

/** The request with the headers and credentials that authorize it. */
function authorized(request: HttpRequest<unknown>, init: RequestInit): HttpRequest<unknown> {
  const setHeaders = Object.fromEntries(new Headers(init.headers))
  // Where no token can be read, a cookie is the authorization.
  const mustInclude = init.credentials === 'include' && !initOf(request).credentials
  return request.clone({ setHeaders, ...(mustInclude && { withCredentials: true }) })
}
