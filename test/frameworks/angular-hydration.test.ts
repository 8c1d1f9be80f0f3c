import '@angular/compiler'
import {
  Component,
  destroyPlatform,
  provideZonelessChangeDetection,
  type ApplicationConfig,
} from '@angular/core'
import { bootstrapApplication, provideClientHydration } from '@angular/platform-browser'
import { provideServerRendering, renderApplication } from '@angular/platform-server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { builtinEnvironments } from 'vitest/runtime'
import { injectSession, injectSessionExpiring, provideSession } from '../../src/angular/index.ts'
import { cookieTransport, createSession, type Session } from '../../src/index.ts'
import { createTestSession } from '../../src/testing/index.ts'

// Rendered without a page, as on a server, and then hydrated in one.

// It says that it runs in development mode.
vi.spyOn(console, 'log').mockReturnValue()

const Page = Component({
  selector: 'app-page',
  template: `<h1>Notes</h1>
    @switch (user.status()) {
      @case ('restoring') {
        <p>One moment</p>
      }
      @case ('logged-in') {
        <p>Notes of {{ user.subject() }}</p>
      }
    }
    {{ expiring()?.cause }}`,
})(
  class {
    readonly user = injectSession()
    readonly expiring = injectSessionExpiring()
  },
)

const configOf = (session: Session, providers: ApplicationConfig['providers'] = []) => ({
  providers: [
    provideZonelessChangeDetection(),
    provideClientHydration(),
    provideSession(session),
    ...providers,
  ],
})

test.each(['before', 'after'])(
  'a page from a server is hydrated and gets stable if the session is restored %s the page',
  async (order) => {
    const onServer = createSession({ transport: cookieTransport('/auth') })
    const html = await renderApplication(
      (context) =>
        bootstrapApplication(Page, configOf(onServer, [provideServerRendering()]), context),
      {
        document: '<html><head></head><body><app-page></app-page></body></html>',
        url: 'http://localhost/',
        allowedHosts: ['localhost'],
      },
    )
    expect(html).toContain('One moment')

    await openPage(html)
    const complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
    const heading = document.querySelector('h1')
    const session = createTestSession({ claims: { sub: 'alice' } })
    onTestFinished(() => session.dispose())
    if (order === 'before') await session.ready
    const app = await bootstrapApplication(Page, configOf(session))
    // And the application with it: a process has one platform.
    onTestFinished(destroyPlatform)
    await session.ready
    await app.whenStable()

    expect(document.querySelector('app-page')?.textContent).toContain('Notes of alice')
    expect(document.querySelectorAll('p')).toHaveLength(1)
    // Without hydration, it would be a new one.
    expect(document.querySelector('h1')).toBe(heading)
    for (const spy of complaints) expect(spy).not.toHaveBeenCalled()
  },
)

/** Makes this process a page of this HTML until the test has finished. */
async function openPage(html: string): Promise<void> {
  const { teardown } = await builtinEnvironments['happy-dom'].setup(globalThis, {})
  onTestFinished(() => teardown(globalThis))
  document.documentElement.innerHTML = html.replace(/<\/?html[^>]*>/g, '')
}
