import { sleep } from '../../core/time/sleep.ts'
import type { Dispose, Page, Ports } from '../../ports.ts'
import type { Order } from './book.ts'

/** What can be made to go wrong. `expire` and `clock` happen once; the others last until they are switched off. */
export type Mishap = (typeof MISHAPS)[number]

/** The names of all mishaps, in the order in which they are offered. */
export const MISHAPS = ['expire', 'refuse', 'slow', 'offline', 'clock'] as const

/** How late an answer is, and how far the clock is moved on. */
const SLOW_MS = 3_000
const JUMP_MS = 60 * 60_000

/** Which access token the session uses: its generation. No token is looked at. */
export interface TokenMark {
  readonly epoch: number
  readonly generation: number
}

/** The mishaps of all tabs, on the application's own session. */
export interface Mishaps {
  isOn(mishap: Mishap): boolean
  /** Causes a mishap in this tab, or ends one that lasts; returns what to ask of the other tabs. */
  cause(mishap: Mishap, on: boolean): Order
  /** Does what another tab asks. */
  obey(order: Order): void
  /** What a tab that has just been opened is to be told. */
  lasting(): readonly Order[]
  /** How far the session's clock is ahead. */
  readonly aheadMs: number
  /** Rejects or answers a request in place of the network; `null`: the request is to be sent. */
  answerFor(request: { readonly carriesToken: boolean }): Response | null
  /** Waits, if answers are late now. */
  delay(signal: AbortSignal | null | undefined): Promise<void>
  /** The same page, which also tells what a mishap does to it. */
  watchPage(page: Page): Page
  /** Calls `listener` after each change. */
  watch(listener: () => void): Dispose
}

/** Creates the mishaps of one tab: none is on. `markOf` says which token the session uses now. */
export function createMishaps(clock: Ports['clock'], markOf: () => TokenMark | null): Mishaps {
  const on = new Set<Mishap>()
  const listeners = new Set<() => void>()
  const pageListeners = new Set<Parameters<Page['watch']>[0]>()
  let expired: TokenMark = { epoch: -1, generation: -1 }
  let aheadMs = 0

  function apply(mishap: Mishap, isOn: boolean, mark: TokenMark | null): void {
    const wasOffline = on.has('offline')
    if (mishap === 'expire') expired = mark ?? expired
    else if (mishap === 'clock') aheadMs += JUMP_MS
    else if (isOn) on.add(mishap)
    else on.delete(mishap)
    // As a browser does when the network is back, and when a computer wakes.
    if (wasOffline && !on.has('offline')) for (const tell of [...pageListeners]) tell('online')
    if (mishap === 'clock') for (const tell of [...pageListeners]) tell('woke')
    for (const listener of [...listeners]) listener()
  }

  function isExpired(): boolean {
    const mark = markOf()
    return mark?.epoch === expired.epoch && mark.generation <= expired.generation
  }

  return {
    isOn: (mishap) => on.has(mishap),
    cause(mishap, isOn) {
      const mark = markOf()
      apply(mishap, isOn, mark)
      return { type: 'mishap', mishap, on: isOn, ...mark }
    },
    obey({ type, mishap, on: isOn, epoch, generation }) {
      if (type !== 'mishap' || !isMishap(mishap)) return
      const mark =
        typeof epoch === 'number' && typeof generation === 'number' ? { epoch, generation } : null
      apply(mishap, isOn === true, mark)
    },
    lasting: () => [...on].map((mishap) => ({ type: 'mishap', mishap, on: true })),
    get aheadMs() {
      return aheadMs
    },
    answerFor({ carriesToken }) {
      if (on.has('offline'))
        throw new TypeError('The developer tools of latchkey are set to offline')
      return carriesToken && (on.has('refuse') || isExpired()) ? refusal() : null
    },
    delay: (signal) =>
      on.has('slow') ? sleep(clock, SLOW_MS, signal ?? undefined) : Promise.resolve(),
    watchPage: (page) => ({
      ...page,
      get base() {
        return page.base
      },
      watch(listener) {
        pageListeners.add(listener)
        const stop = page.watch(listener)
        return () => {
          pageListeners.delete(listener)
          stop()
        }
      },
    }),
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What an API answers to a token that has expired (RFC 6750 §3.1). */
function refusal(): Response {
  return new Response('{"error":"invalid_token"}', {
    status: 401,
    headers: {
      'content-type': 'application/json',
      'www-authenticate': 'Bearer error="invalid_token"',
    },
  })
}

function isMishap(value: unknown): value is Mishap {
  return (MISHAPS as readonly unknown[]).includes(value)
}
