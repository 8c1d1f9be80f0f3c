import type { VirtualBrowser } from '../../src/testing/index.ts'
import type { Random } from '../../src/testing/random.ts'
import type { Leg, SentRequest } from '../../src/testing/virtual-network.ts'
import type { TransportKind } from './transports.ts'

/** What can happen to a refresh on its way. */
export const FATES = [
  'is answered slowly, after its sender has lost patience',
  'is never answered',
  'is lost on its way',
  'is answered, but the answer is lost',
  'is answered, but the answer is late by more than anybody waits',
  'is refused with 429 and told to wait',
  'is refused with 503 and told to wait',
  'is answered with 500',
  'is answered with the page of a captive portal',
  'is answered, but the answer is cut off',
  'is too large for keepalive',
  'is refused for good',
] as const
export type Fate = (typeof FATES)[number]

/** The header that tells requests of the second application. All that happens to them is that they take their time. */
export const NEIGHBOUR = 'x-neighbour'

/** How the channel treats messages between tabs. */
export const CHANNELS = [
  'in order',
  'late and out of order',
  'twice',
  'some of them never',
] as const

/** A request that was sent. */
export interface Sending {
  readonly request: SentRequest
  /** Whether it asks for a newer token. */
  readonly isRefresh: boolean
  /** The refresh token that it spends, as far as it can be told from others. */
  readonly spent: string | null
  /** When, by the wall clock. */
  readonly at: number
  /** When, by a clock that is never set. */
  readonly trueAt: number
  /** Until when the server has asked for no refresh. */
  readonly pausedUntil: number
}

/** The network and the channel, and what goes wrong with them. */
export interface Weather {
  readonly sent: readonly Sending[]
  /** Decides what happens to the next refresh. */
  foresee(fate: Fate): void
  /** Whether the API refuses the next requests, one bit each. */
  refuse(bits: number): void
  /** The next logouts fail, so many of them. */
  failLogouts(count: number): void
  /** Whether every way takes a second or two from now on. */
  setSlow(isSlow: boolean): void
  /** How messages travel from now on. */
  setChannel(how: (typeof CHANNELS)[number]): void
  /** Answers that are late by more than anybody waits. */
  readonly late: Leg[]
  /** Nothing goes wrong from now on, and what is on its way arrives. */
  clear(): void
}

const PAUSE_S = 30

/** Lets the weather decide over a browser's network and channel. Every way takes some time. `onVerdict`: a session is over. */
export function createWeather(
  browser: VirtualBrowser,
  { renewsAt, spentBy }: Pick<TransportKind, 'renewsAt' | 'spentBy'>,
  random: Random,
  onVerdict: (excuse: string) => void,
): Weather {
  const { clock, network } = browser
  const sent: Sending[] = []
  const late: Leg[] = []
  const fates = new WeakMap<SentRequest, Fate>()
  let foreseen: Fate[] = []
  let refusals = 0
  let failingLogouts = 0
  let isSlow = false
  let channel: (typeof CHANNELS)[number] = 'in order'
  const pauses = new Map<unknown, number>()
  let isClear = false

  /** Mostly quick, now and then slow, never more than two seconds. In a slow network no way takes less than a second. */
  function latencyMs(): number {
    const chance = random()
    if (isSlow) return 1_000 + chance * 1_000
    return chance < 0.9 ? chance * 200 : (chance - 0.9) * 20_000
  }

  function after(ms: number, work: () => void): void {
    clock.schedule(work, ms)
  }

  /** Whose pause it is that a server asks for: that of the session, if the server names it. */
  function pausedBy(request: SentRequest): unknown {
    return request.body['sid'] ?? spentBy(request)
  }

  function up(leg: Leg): void {
    if (leg.sent.headers.has(NEIGHBOUR)) return after(latencyMs(), leg.pass)
    const { path, keepalive, headers } = leg.sent
    const isRefresh = path === renewsAt && !headers.has('x-call')
    const isApi = !isRefresh && !path.startsWith('/auth')
    const fate = isRefresh ? foreseen.shift() : undefined
    const isTooLarge = fate === 'is too large for keepalive' && keepalive
    const isApiRefused = isApi && (refusals & 1) === 1
    if (isApi) refusals >>= 1
    if (fate) fates.set(leg.sent, fate)
    sent.push({
      request: leg.sent,
      isRefresh,
      spent: isRefresh ? spentBy(leg.sent) : null,
      at: clock.now(),
      trueAt: clock.trueTime(),
      pausedUntil: pauses.get(pausedBy(leg.sent) ?? {}) ?? -Infinity,
    })
    if (isTooLarge) return leg.lose()
    after(latencyMs(), () => {
      if (isApiRefused) return leg.pass(() => new Response(null, { status: 401 }))
      if (fate) return meet(fate, leg)
      if (path === '/auth/logout' && failingLogouts-- > 0)
        return leg.pass(() => new Response(null, { status: 503 }))
      if (path === '/auth/logout' && meansAnybody(leg.sent)) onVerdict('logout')
      leg.pass()
    })
  }

  /** Whether an answer puts the cookie of an older session in the place of that of the newest, where there is one for all. */
  function isOutOfPlace({ cookies }: SentRequest): boolean {
    const [sent, now] = [cookies, network.jar].map((jar) => jar.get('refresh_token')?.split('-')[1])
    return sent !== undefined && now !== undefined && sent !== now
  }

  function meet(fate: Fate, leg: Leg): void {
    const answer = ANSWERS[fate]
    if (fate === 'is never answered' && random() < 0.5) return
    if (fate === 'is lost on its way') return leg.lose()
    leg.pass(
      answer &&
        ((_, handle) => {
          // Not before: its page may have gone, and nobody hear of it.
          if (fate === 'is refused for good') onVerdict('verdict')
          return answer(handle)
        }),
    )
  }

  function down(leg: Leg): void {
    const { path } = leg.sent
    const fate = fates.get(leg.sent)
    if (fate === 'is never answered') return
    if (fate === 'is answered, but the answer is late by more than anybody waits')
      return void late.push(leg)
    const slow = fate === 'is answered slowly, after its sender has lost patience' ? 11_000 : 0
    after(latencyMs() + slow, () => {
      // Its answer clears the cookie of whoever has logged in since.
      if (path === '/auth/logout' && meansAnybody(leg.sent)) onVerdict('logout')
      if (isOutOfPlace(leg.sent)) onVerdict('verdict')
      if (fate === 'is answered, but the answer is lost') return leg.lose()
      if (
        fate === 'is refused with 429 and told to wait' ||
        fate === 'is refused with 503 and told to wait'
      )
        pauses.set(pausedBy(leg.sent), clock.now() + PAUSE_S * 1000)
      leg.pass()
    })
  }

  network.hold('*', (leg) => (leg.way === 'up' ? up(leg) : down(leg)))
  browser.holdMessages(({ deliver }) => {
    if (isClear || channel === 'in order') return deliver()
    if (channel === 'some of them never' && random() < 0.7) return
    if (channel === 'late and out of order') return after(Math.round(random() * 3_000), deliver)
    deliver()
    if (channel === 'twice') after(Math.round(random() * 1_000), deliver)
  })

  return {
    sent,
    late,
    foresee: (fate) => void foreseen.push(fate),
    refuse(bits) {
      refusals = bits
    },
    setSlow(slow) {
      isSlow = slow
    },
    failLogouts(count) {
      failingLogouts = count
    },
    setChannel(how) {
      channel = how
    },
    clear() {
      isClear = true
      foreseen = []
      refusals = 0
      failingLogouts = 0
      for (const leg of late.splice(0)) leg.pass()
    },
  }
}

/** Whether a logout ends whoever has logged in while it was on its way: everywhere, or before this browser knew a name. */
function meansAnybody({ body, headers }: SentRequest): boolean {
  const isNamed = [body['sid'], body['token'], headers.get('authorization') ?? undefined].some(
    (name) => name !== undefined,
  )
  return body['everywhere'] === true || !isNamed
}

const toldToWait = (status: number): Response =>
  new Response(null, { status, headers: { 'retry-after': String(PAUSE_S) } })

const ANSWERS: Partial<Record<Fate, (handle: () => Response) => Response>> = {
  'is refused with 429 and told to wait': () => toldToWait(429),
  'is refused with 503 and told to wait': () => toldToWait(503),
  'is answered with 500': () => new Response(null, { status: 500 }),
  'is answered with the page of a captive portal': () =>
    new Response('<!doctype html>', { status: 200, headers: { 'content-type': 'text/html' } }),
  'is answered, but the answer is cut off': (handle) =>
    // The headers have arrived, and with them the cookies.
    Object.defineProperty(handle(), 'body', {
      value: new ReadableStream({ start: (body) => body.error(new TypeError('terminated')) }),
    }),
  'is refused for good': () => Response.json({ error: 'invalid_grant' }, { status: 401 }),
}
