import type { Claims, EndReason, SessionEvents, SessionState } from 'latchkey'
import type { DemoSession } from './demo-session.ts'
import type { Mode } from './mode.ts'

/**
 * What tutorials teach, for comparison: on a 401 the interceptor refreshes once and sends the request again; other
 * requests of the tab wait for the same refresh. It is a good one of its kind, but knows nothing of other tabs.
 *
 * The refresh token is in its cookie, or in localStorage for all tabs to read, as in those tutorials. Do not copy.
 */
export function createNaiveSession({
  mode,
  fetch,
}: {
  readonly mode: Mode
  readonly fetch: typeof globalThis.fetch
}): DemoSession {
  const KEY = `naive-${mode}`
  const listeners = createListeners()
  let accessToken: string | null = null
  let refreshing: Promise<boolean> | undefined
  let state: SessionState = { ...NOBODY, status: 'restoring' }

  function post(path: string, body: object): Promise<Response> {
    return fetch(`/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'naive' },
      credentials: mode === 'cookie' ? 'same-origin' : 'omit',
      body: JSON.stringify(body),
    })
  }

  function accept(answer: unknown): void {
    const { access_token, expires_in, sid, refresh_token } = answer as TokenAnswer
    localStorage.setItem(KEY, JSON.stringify({ sid, refresh_token }))
    accessToken = access_token
    const claims = claimsOf(access_token)
    const accessExpiresAt = Date.now() + expires_in * 1000
    const subject = String(claims['sub'])
    state = {
      status: 'logged-in',
      subject,
      claims,
      accessExpiresAt,
      endsAt: null,
      warning: null,
      end: null,
      parked: null,
      cover: null,
    }
    listeners.emit('change', undefined)
  }

  function forget(reason: EndReason, initiator: 'this-tab' | 'server'): void {
    const { subject } = state
    accessToken = null
    localStorage.removeItem(KEY)
    const end = { reason, initiator, at: Date.now(), lastActivityAt: null, subject }
    state = { ...NOBODY, status: 'logged-out', end }
    listeners.emit('change', undefined)
    listeners.emit('ended', end)
  }

  /** Refreshes. Resolves to whether there is a new access token. */
  async function refresh(): Promise<boolean> {
    const response = await post('refresh', JSON.parse(localStorage.getItem(KEY) ?? '{}') as object)
    const answer: unknown = await response.json()
    if (response.ok) {
      accept(answer)
      const { accessExpiresAt } = state
      listeners.emit('refreshed', { accessExpiresAt, by: 'this-tab' })
      return true
    }
    if (response.status === 401) forget(REASONS[(answer as Refusal).error] ?? 'revoked', 'server')
    return false
  }

  function refreshOnce(): Promise<boolean> {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  async function restore(): Promise<SessionState> {
    const known = localStorage.getItem(KEY) !== null
    if (known && (await refreshOnce().catch(() => false)))
      listeners.emit('started', { subject: state.subject, initiator: 'restored' })
    else if (state.status === 'restoring') {
      state = { ...NOBODY, status: 'logged-out' }
      listeners.emit('change', undefined)
    }
    return state
  }

  return {
    get state() {
      return state
    },
    async authFetch(input, init) {
      const send = (): Promise<Response> => {
        const request = new Request(input instanceof Request ? input.clone() : input, init)
        if (accessToken !== null) request.headers.set('authorization', `Bearer ${accessToken}`)
        return fetch(request)
      }
      const used = accessToken
      const response = await send()
      if (response.status !== 401 || accessToken === null) return response
      if (used !== accessToken) return await send()
      return (await refreshOnce()) ? await send() : response
    },
    login(answer) {
      accept(answer)
      listeners.emit('started', { subject: state.subject, initiator: 'this-tab' })
      return Promise.resolve()
    },
    async logout({ everywhere = false } = {}) {
      const shown = JSON.parse(localStorage.getItem(KEY) ?? '{}') as object
      const told = await post('logout', { ...shown, everywhere }).catch(() => undefined)
      forget('logout', 'this-tab')
      return { server: told?.ok ? 'told' : 'later' }
    },
    async getAccessToken({ forceRefresh = false } = {}) {
      if (forceRefresh) await refreshOnce()
      if (accessToken === null) throw new Error('Nobody is signed in.')
      return accessToken
    },
    subscribe: (listener) => listeners.on('change', listener),
    on: listeners.on,
    onSessionEnded: (listener) => listeners.on('ended', listener),
    ready: Promise.resolve().then(restore),
    takeLastEnd: () => Promise.resolve(null),
  }
}

interface TokenAnswer {
  readonly access_token: string
  readonly expires_in: number
  readonly sid: string
  readonly refresh_token?: string
}

interface Refusal {
  readonly error: string
}

const NOBODY = {
  subject: null,
  claims: null,
  accessExpiresAt: null,
  endsAt: null,
  warning: null,
  end: null,
  parked: null,
  cover: null,
} as const

const REASONS: Readonly<Record<string, EndReason>> = {
  reuse_detected: 'reuse-detected',
  session_revoked: 'revoked',
  session_expired: 'session-limit',
  session_idle: 'idle',
  invalid_grant: 'refresh-rejected',
}

type Events = SessionEvents & { change: undefined }

function createListeners() {
  const all = new Map<keyof Events, Set<(payload: never) => void>>()
  return {
    on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void {
      const some = all.get(event) ?? new Set()
      all.set(event, some.add(listener))
      return () => some.delete(listener)
    },
    emit<E extends keyof Events>(event: E, payload: Events[E]): void {
      for (const listener of all.get(event) ?? [])
        (listener as (payload: Events[E]) => void)(payload)
    },
  }
}

function claimsOf(token: string): Claims {
  const [, payload = ''] = token.split('.')
  const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims
}
