import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Device } from './load.ts'

/** How long the requests of one user took. */
export interface Latency {
  readonly me: Percentiles
  readonly refresh: Percentiles
}

interface Percentiles {
  readonly p50Ms: number
  readonly p99Ms: number
}

const PAUSE_MS = 5

/** Asks the API and renews, in turn, as one user does: each request waits for the one before. */
export async function probe(url: string, device: Device, seconds: number): Promise<Latency> {
  const headers = { 'content-type': 'application/json', 'x-requested-with': 'bench' }
  const times = { me: [] as number[], refresh: [] as number[] }
  let { accessToken, refreshToken } = device
  const endsAt = performance.now() + seconds * 1000
  while (performance.now() < endsAt) {
    await timed(times.me, `${url}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    const answer = await timed(times.refresh, `${url}/auth/refresh`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomBytes(16).toString('hex') },
      body: JSON.stringify({ refresh_token: refreshToken }),
    })
    const tokens = answer as { readonly access_token: string; readonly refresh_token: string }
    accessToken = tokens.access_token
    refreshToken = tokens.refresh_token
    await setTimeout(PAUSE_MS)
  }
  return { me: percentiles(times.me), refresh: percentiles(times.refresh) }
}

async function timed(times: number[], url: string, init: RequestInit): Promise<unknown> {
  const startedAt = performance.now()
  const response = await fetch(url, init)
  const body: unknown = await response.json()
  times.push(performance.now() - startedAt)
  if (!response.ok) throw new Error(`A user of the bench was answered ${response.status}.`)
  return body
}

function percentiles(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
