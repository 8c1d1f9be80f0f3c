import { isSessionError } from '../errors.ts'
import type { Tokens } from '../tokens.ts'
import type { RefreshOutcome, RevokeContext, Transport, TransportContext } from '../transport.ts'
import { must } from './check-server/check.ts'

/** What {@link transportContract} tries a transport with. */
export interface TransportContractOptions {
  readonly transport: Transport
  readonly server: ContractServer
}

/** The server that the transport was written for, or what answers in its place. */
export interface ContractServer {
  /** Signs in, and resolves to the answer as the application would hand it to `session.login()`. */
  signIn(): unknown
  /** Sends to the server. */
  readonly fetch: typeof fetch
  /** How it says that it renews this session no more. @default 401 `invalid_grant` */
  readonly refusal?: (() => Response) | undefined
}

/** One promise that a session relies on. */
export interface TransportCheck {
  readonly name: string
  /** Rejects with an error that says what was seen instead. */
  run(): Promise<void>
}

/** Answers from which nothing follows for the session: an outage, a proxy, a captive portal. */
const NO_WORD: readonly (readonly [string, () => Response])[] = [
  ['a network error', () => fail()],
  ['an empty 204', () => new Response(null, { status: 204 })],
  ['a web page', () => page(200)],
  ['broken JSON', () => new Response('{"access_token":', { headers: JSON_TYPE })],
  ["a captive portal's 401", () => page(401)],
  ['a 404', () => page(404)],
  ['a 500', () => Response.json({ error: 'server_error' }, { status: 500 })],
  ['a 502', () => page(502)],
]
const JSON_TYPE = { 'content-type': 'application/json' }
const NO_TOKENS: readonly unknown[] = [undefined, null, '', 'tokens', 7, [], {}]

/**
 * What a session relies on a transport for, as checks for any test runner, such as `test.each(checks)('$name', ({ run })
 * => run())`. They sign in anew for each check, and ask `server` for good answers; the bad ones they give themselves.
 */
export function transportContract(options: TransportContractOptions): readonly TransportCheck[] {
  const { transport, server } = options
  const { refusal = () => Response.json({ error: 'invalid_grant' }, { status: 401 }) } = server

  async function signIn(): Promise<Tokens> {
    return transport.read(await server.signIn())
  }

  async function refreshBy(send: typeof fetch): Promise<RefreshOutcome> {
    return await transport.refresh(contextOf(await signIn(), send))
  }

  /** A rejection counts as `unavailable`. */
  async function typeOf(answer: () => Response): Promise<RefreshOutcome['type']> {
    const outcome = await refreshBy(async () => await Promise.resolve().then(answer)).catch(
      () => null,
    )
    return outcome?.type ?? 'unavailable'
  }

  const checks: readonly (Omit<TransportCheck, 'run'> & { run(): void | Promise<void> })[] = [
    {
      name: 'has a name, and a storage that tabs can share',
      async run() {
        must(transport.id !== '', 'The "id" is empty: sessions of other transports would share it.')
        const { refreshToken } = await signIn()
        must(
          refreshToken === undefined || transport.storage.kind === 'record',
          'The refresh token is readable, and the storage of other tabs and the next page is not the record.',
        )
      },
    },
    {
      name: 'reads the answer of a sign-in',
      async run() {
        const tokens = await signIn()
        const { accessToken, expiresInMs, refreshExpiresInMs, sessionExpiresInMs } = tokens
        must(accessToken !== '', 'The access token is empty; null says that script cannot read it.')
        for (const ms of [expiresInMs, refreshExpiresInMs, sessionExpiresInMs])
          must(ms === undefined || Number.isFinite(ms), 'A lifetime is no number of milliseconds.')
      },
    },
    {
      name: 'throws invalid_response at what holds no tokens',
      run() {
        for (const answer of NO_TOKENS)
          must(
            isSessionError(
              thrownBy(() => transport.read(answer)),
              'invalid_response',
            ),
            `It read ${answer === undefined ? 'undefined' : JSON.stringify(answer)} without SessionError('invalid_response').`,
          )
      },
    },
    {
      name: 'renews with the fetch and the signal it is given',
      async run() {
        const tokens = await signIn()
        const { send, seen } = recorder(server.fetch)
        const context = contextOf(tokens, send)
        const outcome = await transport.refresh(context)
        must(outcome.type === 'refreshed', `A good token was answered with "${outcome.type}".`)
        must(outcome.tokens.accessToken !== '', 'The new access token is empty.')
        must(seen.length > 0, 'It did not send with context.fetch.')
        for (const { signal, url } of seen) {
          must(
            signal === context.signal,
            'It sent without context.signal: no timeout would end it.',
          )
          must(!secretsOf(tokens).some((secret) => url.includes(secret)), 'A token is in a URL.')
        }
      },
    },
    ...NO_WORD.map(([what, answer]) => ({
      name: `takes ${what} for an outage, not for a verdict`,
      async run() {
        const type = await typeOf(answer)
        must(type === 'unavailable', `It was "${type}", not "unavailable".`)
      },
    })),
    {
      name: 'waits as long as Retry-After says',
      async run() {
        for (const status of [429, 503]) {
          const answer = new Response(null, { status, headers: { 'retry-after': '7' } })
          const outcome = await refreshBy(() => Promise.resolve(answer))
          must(
            outcome.type === 'unavailable' && outcome.retryAfterMs === 7_000,
            `A ${status} with "Retry-After: 7" was not unavailable for 7000 ms.`,
          )
        }
      },
    },
    {
      name: 'takes a refusal for the last word',
      async run() {
        const type = await typeOf(refusal)
        must(type === 'rejected', `It was "${type}", not "rejected".`)
      },
    },
    {
      name: 'ends a session at the server, or says that it has to be called again',
      async run() {
        const tokens = await signIn()
        const { send, seen } = recorder(() => Promise.resolve().then(fail))
        const told = await transport.revoke(contextOf(tokens, send)).catch(() => false)
        must(!told || seen.length === 0, 'It resolved true though the server could not be reached.')
        const done = await transport.revoke(contextOf(tokens, server.fetch))
        must(done, 'It resolved false though the server could be reached.')
      },
    },
    {
      name: 'dresses a request with headers in lower case, one line each',
      async run() {
        const url = 'https://api.example/notes'
        const line = { method: 'GET', url, href: url }
        const headers = (await transport.authorize?.(line, await signIn())) ?? {}
        for (const [name, value] of Object.entries(headers)) {
          must(name === name.toLowerCase(), `The header "${name}" is not in lower case.`)
          must(!/[\r\n]/.test(value), `The header "${name}" has a line break in its value.`)
        }
      },
    },
    {
      name: 'leaves the body of an answer to whoever asked, and sees no token where none is',
      run() {
        const answer = Response.json({ notes: [] })
        const brought = transport.inspect?.(answer) ?? null
        must(brought === null, 'It saw tokens in an answer that has none.')
        must(!answer.bodyUsed, 'It has read the body.')
      },
    },
  ]
  // What is found at once rejects, too.
  return checks.map(({ name, run }) => ({
    name,
    run: async () => {
      await run()
    },
  }))
}

function contextOf(tokens: Tokens, send: typeof fetch): TransportContext & RevokeContext {
  return {
    tokens,
    sessionId: tokens.sessionId ?? null,
    sequence: tokens.sequence ?? null,
    fetch: send,
    signal: new AbortController().signal,
    idempotencyKey: crypto.randomUUID(),
    idleForMs: null,
    everywhere: false,
  }
}

function recorder(send: typeof fetch) {
  const seen: { readonly url: string; readonly signal: AbortSignal | null | undefined }[] = []
  const recorded: typeof fetch = (input, init) => {
    seen.push({ url: input instanceof Request ? input.url : String(input), signal: init?.signal })
    return send(input, init)
  }
  return { send: recorded, seen }
}

function secretsOf({ accessToken, refreshToken }: Tokens): readonly string[] {
  // An empty one would be in every URL.
  return [accessToken ?? '', refreshToken ?? ''].filter((token) => token !== '')
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

function page(status: number): Response {
  return new Response('<!doctype html>', { status, headers: { 'content-type': 'text/html' } })
}

function fail(): never {
  throw new TypeError('Failed to fetch')
}
