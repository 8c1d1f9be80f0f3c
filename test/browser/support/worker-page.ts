// A page whose refreshes a worker makes, or with `?worker=none` the page itself.
import { createSession, type SessionEvents } from '../../../src/index.ts'
import { refreshWorker } from '../../../src/worker/index.ts'
import { ORDINARY_USER } from '../../support/ordinary-user.ts'
import { transportFor } from './worker-transport.ts'

/** Who makes the refreshes. `extended`: a SharedWorker that outlives its last page for a while, where that exists. */
export type WorkerKind = 'none' | 'shared' | 'extended' | 'service'

/** The interface of the page for tests. */
export interface WorkerPage {
  signIn(): Promise<void>
  /** Asks for a new token, and resolves to what came of it. */
  renew(): Promise<string>
  /** Asks for a token, and resolves to what came of it. */
  token(): Promise<string>
  /** What this tab has without a request: `token`, or `logged-out`. */
  held(): Promise<string>
  /** Whether the other tabs could go on with the session: IndexedDB has written its record, so the mirror has it, too. */
  isStored(): boolean
  /** Why the page does without its worker. */
  losses(): SessionEvents['degraded'][]
  /** Whether the last token came from another tab, or from the worker. */
  by(): string | undefined
}

declare global {
  interface Window {
    worked: WorkerPage
  }
}

const settings = new URLSearchParams(location.search)
const mode = settings.get('mode') ?? 'cookie'
const kind = settings.get('worker') as WorkerKind
const SCRIPT = `/session-worker.js?mode=${mode}`

async function serviceWorker(): Promise<ServiceWorker | null> {
  const { serviceWorker } = navigator
  await serviceWorker.register(SCRIPT)
  return (await serviceWorker.ready).active
}

const session = createSession({
  transport: transportFor(mode),
  maxWaitMs: 60_000,
  ...(kind !== 'none' && {
    worker: refreshWorker(() =>
      kind === 'service'
        ? serviceWorker()
        : new SharedWorker(SCRIPT, {
            ...(kind === 'extended' && { extendedLifetime: true }),
          } as WorkerOptions),
    ),
  }),
})
const losses: SessionEvents['degraded'][] = []
let by: string | undefined
session.on('degraded', (loss) => losses.push(loss))
session.on('refreshed', (event) => (by = event.by))

async function outcome(work: Promise<string>): Promise<string> {
  try {
    await work
    return 'token'
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error)
  }
}

window.worked = {
  async signIn() {
    const answer = await fetch('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ORDINARY_USER),
    })
    await session.login(await answer.json())
  },
  renew: () => outcome(session.getAccessToken({ forceRefresh: true })),
  token: () => outcome(session.getAccessToken()),
  held: async () =>
    session.state.status === 'logged-in' ? await window.worked.token() : 'logged-out',
  isStored: () =>
    Object.values<string>(localStorage).some((mirrored) => /"logged-in"/.test(mirrored)),
  losses: () => losses,
  by: () => by,
}
