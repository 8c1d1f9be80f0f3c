/**
 * The floor: what a browser and a server need for the same work without a session library. One tab refreshes with plain
 * fetch; then all tabs send their requests with plain fetch and that token. Nothing is stored, negotiated or asked of
 * other tabs, so anything that does so takes longer.
 *
 * The refresh token is in the body and no cookie is shown, so that the session of latchkey beside it is left alone. The
 * server does the same work as for latchkey, including sealing the successor under a key.
 */
import { moment, startPage } from '../support/bench-page.ts'
import { register } from '../support/register.ts'

/** What the floor's page can do besides. */
export interface Bare {
  /** Refreshes, and sends the token to every tab of the floor; returns how long the refresh took. */
  refresh(): Promise<number>
  /** Takes a lock that is released only with the page. */
  holdLock(): Promise<void>
  /** Queues for that lock, then refreshes; resolves to when the token is there. */
  refreshAfterLock(): Promise<number>
  /** Sends a message whose arrival other tabs note; returns when. */
  post(): number
  /** When such a message last arrived. */
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
    if (!session) throw new Error('No user has signed in here')
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
