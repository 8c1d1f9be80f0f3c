/**
 * The floor: what a browser and a server need for the same work when nobody keeps a session. One tab sends a refresh
 * with plain fetch; all tabs send their requests with plain fetch and the token that this brought. Nothing is stored,
 * nothing is agreed upon, no other tab is asked: whatever does any of that takes longer.
 *
 * The refresh token is in the body and no cookie is shown, so that the session of latchkey beside it is left alone; the
 * server does the same work as for latchkey, sealing the successor under a key included.
 */
import { moment, startPage } from '../support/bench-page.ts'
import { register } from '../support/register.ts'

/** What the floor's page can do besides. */
export interface Bare {
  /** Refreshes, and tells every tab of the floor the token; returns how long the refresh took. */
  refresh(): Promise<number>
  /** Takes a lock that is given back only with the page. */
  holdLock(): Promise<void>
  /** Queues for that lock, then refreshes; resolves to when the token is there. */
  refreshAfterLock(): Promise<number>
  /** Sends a message that other tabs note the arrival of; returns when. */
  post(): number
  /** When such a message last came. */
  postedAt(): number | null
}

declare global {
  interface Window {
    /** Only on the floor's pages. */
    bare: Bare
  }
}

interface Answer {
  readonly access_token: string
  readonly refresh_token: string
  readonly sid: string
  readonly seq: number
}

const LOCK = 'bare'

startPage(() => {
  const tokens = new BroadcastChannel('bare token')
  const mail = new BroadcastChannel('bare mail')
  let session: Answer | undefined
  let token = ''
  let postedAt: number | null = null
  tokens.onmessage = ({ data }: MessageEvent<string>) => (token = data)
  mail.onmessage = () => (postedAt = moment())

  async function refresh(): Promise<void> {
    if (!session) throw new Error('Nobody has signed in here')
    const { refresh_token, sid, seq } = session
    const response = await fetch('/auth/refresh', {
      method: 'POST',
      credentials: 'omit',
      keepalive: true,
      headers: {
        'content-type': 'application/json',
        'x-requested-with': 'bench',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ refresh_token, sid, seq }),
    })
    if (!response.ok) throw new Error(`The floor's refresh was answered with ${response.status}`)
    session = (await response.json()) as Answer
  }

  window.bare = {
    async refresh() {
      const startedAt = moment()
      await refresh()
      const tookMs = moment() - startedAt
      token = session?.access_token ?? ''
      tokens.postMessage(token)
      return tookMs
    },
    holdLock: () =>
      new Promise((held) => {
        void navigator.locks.request(LOCK, () => {
          held()
          return new Promise(() => undefined)
        })
      }),
    refreshAfterLock: () =>
      navigator.locks.request(LOCK, async () => {
        await refresh()
        return moment()
      }),
    post() {
      const startedAt = moment()
      mail.postMessage('')
      return startedAt
    },
    postedAt: () => postedAt,
  }

  return {
    async signIn() {
      session = (await register('body', 'omit')) as Answer
      token = session.access_token
      tokens.postMessage(token)
    },
    async send(path) {
      return (await fetch(path, { headers: { authorization: `Bearer ${token}` } })).status
    },
  }
})
