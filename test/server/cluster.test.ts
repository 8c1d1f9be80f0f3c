import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startCluster, type Cluster } from '../../demo/cluster/start-cluster.ts'
import { slowness } from '../support/patience.ts'
import { startPostgres, type Postgres } from '../support/postgres.ts'
import { drawKey, logIn, MODES, read, refresh, type Mode, type Token } from './clients.ts'
import { createDatabase } from './harness.ts'

const CLIENTS = 40
/** Less than an answer takes, where forty ask at once. */
const PATIENCE_MS = 5

test('an instance that is killed and a database that crashes, under load, cost no session and no second rotation', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const { cluster, rows } = await startDeployment(postgres.url)
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, n) => createClient(cluster, MODES[n % 2] ?? 'body')),
  )
  const running = clients.map((client) => client.run())
  await eachRotates(clients, 3)

  const [victim] = cluster.instances
  const pid = victim?.pid()
  await victim?.kill()
  await eachRotates(clients, 3)
  await expect.poll(() => victim?.pid()).not.toBe(pid)

  await postgres.crash()
  await expect.poll(() => clients.every(({ isWaiting }) => isWaiting())).toBe(true)
  await postgres.start()
  await eachRotates(clients, 3)
  for (const client of clients) client.stop()
  await Promise.all(running)

  // Something was interrupted, and nobody was sent away for it.
  expect(clients.flatMap(({ repeats }) => repeats())).not.toEqual([])
  expect(clients.flatMap(({ refusals }) => refusals())).toEqual([])
  expect(rows()).toContain('S4')
  expect(rows().filter((row) => !['S2', 'S3', 'S4', 'S5'].includes(row))).toEqual([])
  const chains = await chainsIn(postgres)
  expect(chains).toHaveLength(CLIENTS)
  for (const { token } of clients) {
    const { sid, seq } = token()
    // Each rotation that a client has seen is the only one of its number: the chain is as long as it counted.
    expect(chains.find((chain) => chain.sid === sid)).toEqual({
      sid,
      tokens: seq,
      isOver: false,
    })
  }
})

test('every instance and the resource server accept a token, whichever instance signed it', async () => {
  const { cluster } = await startDeployment(await createDatabase())
  const { accessToken, username } = await logIn(cluster, 'body')
  const headers = { authorization: `Bearer ${accessToken}` }
  const urls = [...cluster.instances.map(({ url }) => url.origin), cluster.url, cluster.resourceUrl]
  for (const url of urls)
    expect(await read(await fetch(`${url}/api/me`, { headers }))).toMatchObject({
      status: 200,
      body: { username },
    })
  const preflight = await fetch(`${cluster.resourceUrl}/api/me`, {
    method: 'OPTIONS',
    headers: { origin: cluster.url, 'access-control-request-method': 'GET' },
  })
  expect(preflight.headers.get('access-control-allow-origin')).toBe(cluster.url)
})

async function startDeployment(databaseUrl: string) {
  const leadS = Math.ceil(slowness())
  const log: string[] = []
  const cluster = await startCluster({
    databaseUrl,
    port: 0,
    resourcePort: 0,
    env: {
      // Vitest has a variable of this name as well.
      MODE: 'rotating',
      KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      // Keys change in the middle of it all. No instance may lag behind by more than the lead, so a slow machine gets a longer one.
      KEY_TTL_S: String(3 * leadS),
      KEY_LEAD_S: String(leadS),
      ATTEMPTS_PER_ADDRESS: '1000000',
    },
    onLine: (_, line) => log.push(line),
  })
  onTestFinished(() => cluster.close())
  const rows = () => log.flatMap((line) => (JSON.parse(line) as { row?: string }).row ?? [])
  return { cluster, rows }
}

interface Client {
  run(): Promise<void>
  stop(): void
  readonly token: () => Token
  /** Requests that had to be sent again, by the status that they met. */
  readonly repeats: () => readonly number[]
  /** Answers that end a session, or deny that it has moved on. */
  readonly refusals: () => readonly number[]
  /** Whether its last request has failed. */
  readonly isWaiting: () => boolean
}

/**
 * Refreshes without a pause, each rotation with one key for as long as it takes, as the protocol has it. Every few
 * rotations it loses an answer, as a tab does that is closed, and asks again.
 */
async function createClient(cluster: Cluster, mode: Mode): Promise<Client> {
  let token: Token = await logIn(cluster, mode)
  let isStopped = false
  let isWaiting = false
  const repeats: number[] = []
  const refusals: number[] = []

  return {
    token: () => token,
    repeats: () => repeats,
    refusals: () => refusals,
    isWaiting: () => isWaiting,
    stop() {
      isStopped = true
    },
    async run() {
      let key = drawKey()
      let attempts = 0
      while (!isStopped || isWaiting) {
        // A connection that breaks is an answer that was lost.
        const answering = refresh(cluster, mode, token, { key }).catch(() => undefined)
        const answer = await (++attempts % 5 === 0
          ? Promise.race([answering, wait(PATIENCE_MS, undefined)])
          : answering)
        const status = answer?.status ?? 0
        isWaiting = status === 0 || status === 502 || status === 503
        if (isWaiting) repeats.push(status)
        else if (answer?.token?.seq === token.seq + 1) {
          token = answer.token
          key = drawKey()
        } else {
          refusals.push(status)
          return
        }
        await wait(isWaiting ? 100 : 10)
      }
    },
  }
}

/** Waits until each client has rotated this often from now on. */
async function eachRotates(clients: readonly Client[], times: number): Promise<void> {
  const before = clients.map(({ token }) => token().seq)
  await expect
    .poll(() => clients.every(({ token }, n) => token().seq >= (before[n] ?? 0) + times))
    .toBe(true)
}

async function chainsIn({ url }: Postgres): Promise<readonly { readonly sid: string }[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ sid: string }>(
    `SELECT sid, (document::json->>'seq')::int AS tokens, document::json->'end' IS NOT NULL AS "isOver" FROM latchkey_sessions`,
  )
  await client.end()
  return rows
}
