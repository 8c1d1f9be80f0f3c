import '@angular/compiler'
import { AsyncPipe } from '@angular/common'
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http'
import { Component, inject, provideZonelessChangeDetection } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { provideServerRendering, renderApplication } from '@angular/platform-server'
import { provideRouter, RouterOutlet } from '@angular/router'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  injectSession,
  injectSessionExpiring,
  provideSession,
  sessionGuard,
  sessionInterceptor,
} from '../../src/angular/index.ts'
import { cookieTransport, createSession } from '../../src/index.ts'
import { startEchoServer, type EchoServer } from '../support/echo-server.ts'

let api: EchoServer

beforeAll(async () => {
  api = await startEchoServer()
})
afterAll(() => api.close())

const Account = Component({
  selector: 'app-account',
  imports: [AsyncPipe],
  template: `{{ user.status() }}, {{ expiring() === null }}, {{ (notes | async)?.status }}`,
})(
  class {
    readonly user = injectSession()
    readonly expiring = injectSessionExpiring()
    readonly notes = inject(HttpClient).get<{ readonly status: number }>(`${api.origin}/notes`)
  },
)

const Page = Component({
  selector: 'app-page',
  imports: [RouterOutlet],
  template: '<router-outlet />',
})(
  class {
    readonly name = 'page'
  },
)

test('without a page the status is `restoring`, guards let pass, and requests go out without a token', async () => {
  const session = createSession({ transport: cookieTransport('/auth'), origins: [api.origin] })
  const guarded = sessionGuard(() => false)
  const html = await renderApplication(
    (context) =>
      bootstrapApplication(
        Page,
        {
          providers: [
            provideServerRendering(),
            provideZonelessChangeDetection(),
            provideRouter([{ path: '', component: Account, canActivate: [guarded] }]),
            provideSession(session),
            // eslint-disable-next-line @typescript-eslint/no-deprecated -- since it is the default
            provideHttpClient(withFetch(), withInterceptors([sessionInterceptor])),
          ],
        },
        context,
      ),
    {
      document: '<app-page></app-page>',
      url: 'http://localhost/',
      allowedHosts: ['localhost'],
    },
  )
  expect(html).toContain('restoring, true, 200')
  expect(api.take().map(({ headers }) => headers['authorization'])).toEqual([undefined])
})
