// @vitest-environment happy-dom
// Before everything else, as in an application: it replaces Promise, timers and what sends requests.
import 'zone.js'
import '@angular/compiler'
import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http'
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing'
import {
  ChangeDetectionStrategy,
  Component,
  inject,
  NgZone,
  provideZoneChangeDetection,
  type ApplicationRef,
  type Type,
} from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  injectSession,
  injectSessionExpiring,
  provideSession,
  sessionInterceptor,
} from '../../src/angular/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { withoutImageChecks } from './without-image-checks.ts'

// What keeps Angular from becoming stable are tasks inside its zone, and it shows nothing that happens outside of it.

vi.spyOn(console, 'log').mockReturnValue()
let session: TestSession
let app: ApplicationRef | undefined

beforeEach(async () => {
  session = createTestSession({ claims: { sub: 'alice' } })
  await session.ready
})
afterEach(() => {
  app?.destroy()
  session.dispose()
})

const Page = Component({
  selector: 'app-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `{{ user.subject() }}
    @if (expiring(); as warning) {
      {{ warning.cause }}
    }`,
})(
  class {
    readonly user = injectSession()
    readonly expiring = injectSessionExpiring()
  },
)

/** Notes what arrives in a field that is no signal, as applications with zones do. */
const Notes = Component({
  selector: 'app-notes',
  // "Eager", which older versions call "Default": zones need it to show a field.
  changeDetection: 1 satisfies ChangeDetectionStrategy,
  template: `<button (click)="load()">{{ notes }}</button>`,
})(
  class {
    readonly client = inject(HttpClient)
    notes = 'none'
    load(): void {
      this.client.get('/api/notes', { responseType: 'text' }).subscribe((notes) => {
        this.notes = `${notes}, ${NgZone.isInAngularZone() ? 'in' : 'outside'} the zone`
      })
    }
  },
)

async function show(component: Type<unknown>, selector: string): Promise<HTMLElement> {
  const host = document.createElement(selector)
  document.body.replaceChildren(host)
  app = await bootstrapApplication(component, {
    providers: [
      provideZoneChangeDetection(),
      withoutImageChecks,
      provideSession(session),
      provideHttpClient(withInterceptors([sessionInterceptor])),
      provideHttpClientTesting(),
    ],
  })
  return host
}

test('a change of the session is shown, and the application is stable again while its timers run', async () => {
  const host = await show(Page, 'app-page')
  await session.warn({ inMs: 50_000 })
  await app?.whenStable()
  expect(host.textContent).toContain('idle')
  await session.logIn({ sub: 'bob' })
  await app?.whenStable()
  expect(host.textContent.trim()).toBe('bob')
})

test('a session that is created and used inside the zone does not keep the application from being stable', async () => {
  await show(Page, 'app-page')
  const zone = app?.injector.get(NgZone)
  const inside = zone?.run(() => createTestSession())
  await inside?.ready
  await zone?.run(() => inside?.getAccessToken({ forceRefresh: true }))
  await zone?.run(() => inside?.warn({ inMs: 50_000 }))
  await app?.whenStable()
  expect(inside?.state.warning).not.toBeNull()
  inside?.dispose()
})

test('an answer that was waited for arrives in the zone, and is shown', async () => {
  const host = await show(Notes, 'app-notes')
  host.querySelector('button')?.click()
  await app?.whenStable()
  const sent = app?.injector.get(HttpTestingController).expectOne('/api/notes')
  expect(sent?.request.headers.has('authorization')).toBe(true)
  sent?.flush('two notes')
  await app?.whenStable()
  expect(host.textContent).toBe('two notes, in the zone')
})
