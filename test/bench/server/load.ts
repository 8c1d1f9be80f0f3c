import { randomBytes, randomUUID } from 'node:crypto'
import autocannon, { type Client, type Request } from 'autocannon'

/** The result of a load. */
export interface Load {
  readonly perSecond: number
  /** Answers other than 2xx, network errors and time-outs. */
  readonly failures: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What one connection sends, again and again. */
export type Chain = Request

/** One user's device: its account, and the tokens it holds. */
export interface Device {
  readonly username: string
  readonly password: string
  readonly accessToken: string
  readonly refreshToken: string
}

const HEADERS = { 'content-type': 'application/json', 'x-requested-with': 'bench' }

/** Sends each chain over a connection of its own for this many seconds. The chains are distributed over the servers. */
export async function sendLoad(
  urls: readonly string[],
  chains: readonly Chain[],
  seconds: number,
): Promise<Load> {
  const timesMs: number[] = []
  const results = await Promise.all(
    urls.map((url, server) => {
      const own = chains.filter((_, n) => n % urls.length === server)
      let next = 0
      return autocannon({
        url,
        connections: own.length,
        duration: seconds,
        setupClient(client: Client) {
          const chain = own[next++]
          if (chain !== undefined) client.setRequests([chain])
          client.on('response', (_status, _bytes, timeMs) => timesMs.push(timeMs))
        },
      })
    }),
  )
  const sum = (of: (result: autocannon.Result) => number) =>
    results.reduce((total, result) => total + of(result), 0)
  timesMs.sort((a, b) => a - b)
  return {
    perSecond: sum((result) => result['2xx'] / result.duration),
    failures: sum(({ non2xx, errors, timeouts }) => non2xx + errors + timeouts),
    p50Ms: timesMs[Math.floor(timesMs.length * 0.5)] ?? NaN,
    p99Ms: timesMs[Math.floor(timesMs.length * 0.99)] ?? NaN,
  }
}

/** Registers a new user on a device that keeps its tokens itself. */
export async function newDevice(url: string): Promise<Device> {
  const [username, password] = [randomUUID(), randomUUID()]
  const body = JSON.stringify({ username, password, delivery: 'body' })
  const answer = await fetch(`${url}/auth/register`, { method: 'POST', headers: HEADERS, body })
  if (!answer.ok) throw new Error(`A user could not register: ${answer.status}`)
  const tokens = tokensIn(await answer.text())
  return { username, password, ...tokens }
}

export const bareChain = (): Chain => ({ method: 'GET', path: '/bare' })

/** Signs in with the right password, each time anew. */
export const loginChain = ({ username, password }: Device): Chain => ({
  method: 'POST',
  path: '/auth/login',
  headers: HEADERS,
  body: JSON.stringify({ username, password, delivery: 'body' }),
})

/** Has its access token verified by a request that needs no query. */
export const verifiedChain = ({ accessToken }: Device): Chain => ({
  method: 'GET',
  path: '/api/me',
  headers: { authorization: `Bearer ${accessToken}` },
})

/** Signs in to a server that keeps sessions in cookies, and then asks who it is. */
export async function cookieChain(url: string): Promise<Chain> {
  const answer = await fetch(`${url}/login`, { method: 'POST' })
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0])
  return { method: 'GET', path: '/me', headers: { cookie: cookie.join('; ') } }
}

/** Spends each refresh token that the previous answer brought, with a new key: a rotation each time. */
export function refreshChain({ refreshToken }: Pick<Device, 'refreshToken'>): Chain {
  let token = refreshToken
  return {
    method: 'POST',
    path: '/auth/refresh',
    setupRequest: (request) => ({
      ...request,
      headers: { ...HEADERS, 'idempotency-key': randomBytes(16).toString('hex') },
      body: JSON.stringify({ refresh_token: token }),
    }),
    onResponse(status, body) {
      if (status === 200) token = tokensIn(body).refreshToken
    },
  }
}

function tokensIn(body: string): Pick<Device, 'accessToken' | 'refreshToken'> {
  const { access_token: accessToken, refresh_token: refreshToken } = JSON.parse(body) as Readonly<
    Record<string, unknown>
  >
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string')
    throw new Error('An answer brought no tokens.')
  return { accessToken, refreshToken }
}
