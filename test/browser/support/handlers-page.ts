// A page whose requests are answered by the msw handlers of latchkey/testing/msw, in its own service worker.
import { http, HttpResponse } from 'msw'
import { setupWorker } from 'msw/browser'
import { cookieTransport, createSession } from '../../../src/index.ts'
import { sessionHandlers } from '../../../src/testing/msw/index.ts'

/** What a session that lives on the handlers has come to. */
export interface HandlersStory {
  readonly subject: string | null
  readonly echoed: unknown
  readonly rows: readonly string[]
  readonly statusAfterLogout: string
}

declare global {
  interface Window {
    tellStory: () => Promise<HandlersStory>
  }
}

window.tellStory = async () => {
  const { handlers, server, subjectOf } = sessionHandlers()
  const notes = http.post('/api/notes', async ({ request }) =>
    HttpResponse.json({
      method: request.method,
      path: new URL(request.url).pathname,
      body: await request.clone().json(),
      subject: subjectOf(request),
    }),
  )
  await setupWorker(...handlers, notes).start({ quiet: true })
  const session = createSession({
    transport: cookieTransport('/auth'),
    // Firefox sends requests with `keepalive` past the service worker.
    fetch: (input, init) => fetch(input, { ...init, keepalive: false }),
  })
  await session.ready
  const login = await fetch('/auth/login', {
    method: 'POST',
    body: JSON.stringify({ username: 'alice' }),
  })
  await session.login(await login.json())
  const { subject } = session.state
  await session.getAccessToken({ forceRefresh: true })
  const response = await session.authFetch('/api/notes', {
    method: 'POST',
    body: JSON.stringify({ text: 'hello' }),
  })
  const echoed: unknown = await response.json()
  await session.logout({ everywhere: true })
  const rows = server.refreshes.map(({ outcome }) => outcome)
  return { subject, echoed, rows, statusAfterLogout: session.state.status }
}
