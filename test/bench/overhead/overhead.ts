// What a call of authFetch costs compared with the same call of the stub that it wraps, and of a bare wrapper around
// that stub. Runs in Node.js and in a page.
import type { AuthFetch } from '../../../src/index.ts'

type Fetch = typeof globalThis.fetch

/** What stands in for the network: the floor that authFetch is compared with. */
export const STUBS = {
  /** The cheapest answer that can be read: created for its call, with JSON in it. */
  'a new JSON Response': () =>
    Promise.resolve(
      new Response('{"ok":true}', { headers: { 'content-type': 'application/json' } }),
    ),
  /** The cheapest promise. */
  'a shared Response': shared(),
} satisfies Readonly<Record<string, Fetch>>

export type StubName = keyof typeof STUBS

const origin = typeof document === 'undefined' ? 'https://app.test' : location.origin
const url = new URL('/api/notes?page=2', origin)
const absolute = url.href
const headers = { accept: 'application/json' }
const { signal } = new AbortController()

/** The ways in which applications call fetch. */
export const SHAPES: Readonly<Record<string, (fetch: Fetch) => Promise<Response>>> = {
  'a string': (fetch) => fetch('/api/notes?page=2'),
  'an absolute string': (fetch) => fetch(absolute),
  'a URL': (fetch) => fetch(url),
  // A new one for each call: Node.js takes longer for each copy of one and the same.
  'a Request': (fetch) => fetch(new Request(url)),
  'method and body': (fetch) => fetch('/api/notes', { method: 'POST', body: '{"title":"A"}' }),
  headers: (fetch) => fetch('/api/notes', { headers }),
  'a signal': (fetch) => fetch('/api/notes', { signal }),
}

/** The stub alone; the least code that adds a token and looks for a 401, without any check; and latchkey. */
export type Subject = 'stub' | 'wrapper' | 'authFetch'

/** The times of one round: nanoseconds a call. */
export type Round = Readonly<Record<Subject, number>>

/** One kind of call, with one stub. */
export interface Overhead {
  /** Makes calls, one after the other. */
  repeat(subject: Subject, calls: number): Promise<void>
  /** Times all three in turns, until the given number of rounds is done and each order has occurred equally often. */
  time(rounds: number): Promise<Round[]>
}

const SUBJECTS: readonly Subject[] = ['stub', 'wrapper', 'authFetch']
const ORDERS = 2 * SUBJECTS.length
const ROUND_MS = 20
const AUTHORIZATION = `Bearer ${'x'.repeat(800)}`

/** An `authFetch` that sends with the stub `name`. */
export function createOverhead(name: StubName, shape: string, authFetch: AuthFetch): Overhead {
  const stub: Fetch = STUBS[name]
  const call = SHAPES[shape]
  if (!call) throw new Error(`No such shape: ${shape}`)
  const repeats = {
    stub: repeater(call, stub),
    wrapper: repeater(call, wrapped(stub)),
    authFetch: repeater(call, authFetch),
  }

  async function timed(subject: Subject, calls: number): Promise<number> {
    const startedAt = performance.now()
    await repeats[subject](calls)
    return performance.now() - startedAt
  }

  async function callsOfARound(): Promise<number> {
    let calls = 1_000
    // Long enough for the compiler to be done with all of them, and for deliberately coarse clocks not to matter.
    for (;;) {
      const tookMs = []
      for (const subject of SUBJECTS) tookMs.push(await timed(subject, calls))
      if (Math.min(...tookMs) >= ROUND_MS) return calls
      calls *= 2
    }
  }

  return {
    repeat: (subject, calls) => repeats[subject](calls),
    async time(count) {
      const calls = await callsOfARound()
      const rounds: Round[] = []
      const perCall = async (subject: Subject): Promise<number> =>
        ((await timed(subject, calls)) * 1_000_000) / calls
      while (rounds.length < count || rounds.length % ORDERS > 0) {
        // So that the first of a round always follows the stub.
        await repeats.stub(calls)
        const round = { stub: 0, wrapper: 0, authFetch: 0 }
        for (const subject of turnsOf(rounds.length)) round[subject] = await perCall(subject)
        rounds.push(round)
      }
      return rounds
    },
  }
}

/** Each is first as often as the others, and follows each of them equally often. */
function turnsOf(round: number): readonly Subject[] {
  const first = round % SUBJECTS.length
  const turns = [...SUBJECTS.slice(first), ...SUBJECTS.slice(0, first)]
  return round % 2 === 0 ? turns : turns.reverse()
}

/** A separate loop for each, so that it is compiled for the function that it calls and not for all of them. */
function repeater(
  call: (fetch: Fetch) => Promise<Response>,
  fetch: Fetch,
): (calls: number) => Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- see above
  return new Function(
    'call',
    'fetch',
    'return async (calls) => { for (let n = 0; n < calls; n++) await call(fetch) }',
  )(call, fetch) as (calls: number) => Promise<void>
}

function wrapped(fetch: Fetch): Fetch {
  return (input, init) =>
    fetch(input, { ...init, headers: authorized(input, init) }).then((response) => {
      if (response.status === 401) throw new Error('Refused')
      return response
    })
}

function authorized(input: RequestInfo | URL, init: RequestInit | undefined): HeadersInit {
  const own = init?.headers ?? (input instanceof Request ? input.headers : undefined)
  if (!own) return { authorization: AUTHORIZATION }
  const headers = new Headers(own)
  headers.set('authorization', AUTHORIZATION)
  return headers
}

function shared(): Fetch {
  const response = new Response('{"ok":true}')
  return () => Promise.resolve(response)
}
