import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { asUnavailable } from './database-unavailable.ts'
import type { Listener } from './database.ts'

const AGAIN_MS = 250
const PULSE_MS = 5_000

/**
 * Listens on a connection of its own, so that no other statement delays a message, and replaces that connection when it
 * is lost. A network that drops packets loses a connection silently, so the connection is probed at intervals.
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
    // Do not wait for a connection whose other end may be gone.
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
    // Without a listener, Node.js would end the process.
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

  /** Resolves when the connection is lost, or listening was stopped. */
  function loss(client: pg.Client): Promise<void> {
    return new Promise((resolve) => {
      // It may have been stopped while this connection was made.
      if (stopping.signal.aborted) {
        resolve()
        return
      }
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
