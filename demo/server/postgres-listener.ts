import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { asUnavailable } from './database-unavailable.ts'
import type { Listener } from './database.ts'

const AGAIN_MS = 250
const PULSE_MS = 5_000

/**
 * Listens on a connection of its own, which nobody else's statements hold up, and makes a new one as soon as that is lost.
 * A network that swallows packets loses a connection without a word, so it is asked for its pulse.
 */
export async function listenOnPostgres(
  connectionString: string,
  channel: string,
  { onMessage, onResumed }: Listener,
): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const first = await connect().catch((error: unknown) => {
    throw asUnavailable(error)
  })
  const running = stay(first)
  return async () => {
    stopping.abort()
    await running
  }

  async function stay(client: pg.Client): Promise<void> {
    await loss(client)
    // What has been lost on the way to the other end is not waited for.
    const ended = client.end().catch(() => undefined)
    if (stopping.signal.aborted) {
      await ended
      return
    }
    const next = await reconnect()
    if (next === undefined) return
    onResumed()
    await stay(next)
  }

  async function reconnect(): Promise<pg.Client | undefined> {
    while (!stopping.signal.aborted) {
      try {
        return await connect()
      } catch {
        await setTimeout(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    return undefined
  }

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: PULSE_MS,
      query_timeout: PULSE_MS,
    })
    // Without a listener Node would end the process.
    client.on('error', () => undefined)
    client.on('notification', ({ payload = '' }) => onMessage(payload))
    try {
      await client.connect()
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
      return client
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
  }

  /** Resolves when the connection is no more, or nobody listens any more. */
  function loss(client: pg.Client): Promise<void> {
    return new Promise((resolve) => {
      const timer = setInterval(() => void client.query('SELECT 1').catch(done), PULSE_MS)
      for (const event of ['error', 'end'] as const) client.once(event, done)
      stopping.signal.addEventListener('abort', done)
      function done(): void {
        clearInterval(timer)
        stopping.signal.removeEventListener('abort', done)
        resolve()
      }
    })
  }
}
