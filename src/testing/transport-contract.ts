import { isSessionError } from '../errors.ts'
import type { AnswerTokensFeature } from '../core/refresh/answer-tokens.ts'
import type { Tokens } from '../tokens.ts'
import type { RefreshOutcome, RevokeContext, Transport, TransportContext } from '../transport.ts'
import { must } from './check-server/check.ts'

/** Options of {@link transportContract}. */
export interface TransportContractOptions {
  readonly transport: Transport
  readonly server: ContractServer
}

/** The server that the transport was written for, or a fake of it. */
export interface ContractServer {
  /** Signs in. Resolves to the answer that the application would pass to `session.login()`. */
  signIn(): unknown
  /** Sends a request to the server. */
  readonly fetch: typeof fetch
  /** The answer with which it refuses to renew a session for good. @default 401 `invalid_grant` */
  readonly refusal?: (() => Response) | undefined
}

/** One requirement of a session on its transport. */
export interface TransportCheck {
  readonly name: string
  /** Rejects with an error that says what happened instead. */
  run(): Promise<void>
}

/** Answers that say nothing about the session: an outage, a proxy, a captive portal. */
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
 * What a session requires of a transport, as checks for any test runner: `test.each(checks)('$name', ({ run }) => run())`.
 * Each check signs in again. Good answers come from `server`; bad ones are made up by the checks.
 */
export function transportContract(options: TransportContractOptions): readonly TransportCheck[] {
  const { transport, server } = options
  const { refusal = () => Response.json({ error: 'invalid_grant' }, { status: 401 }) } = server

  async function signIn(): Promise<Tokens> {
    return transport.read(await server.signIn())
  }

  /** The outcome of a refresh with this answer; a rejection counts as `unavailable`. Metadata is that of the server. */
  async function outcomeOf(answer: () => Response): Promise<RefreshOutcome> {
    const send: typeof fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      const isMetadata = url.includes('/.well-known/')
      return await (isMetadata ? server.fetch(input, init) : Promise.resolve().then(answer))
    }
    try {
      return await transport.refresh(contextOf(await signIn(), send))
    } catch {
      return { type: 'unavailable' }
    }
  }

  const checks: readonly (Omit<TransportCheck, 'run'> & { run(): void | Promise<void> })[] = [
    {
      name: 'has an id, and a storage that tabs can share',
      async run() {
        must(
          transport.id !== '',
          'The "id" is empty, so sessions of other transports would share it.',
        )
        const { refreshToken } = await signIn()
        must(
          refreshToken === undefined || transport.storage.kind === 'record',
          'Script can read the refresh token, so its storage must be the record, where other tabs and the next page find it.',
        )
      },
    },
    {
      name: 'reads the answer of a sign-in',
      async run() {
        const tokens = await signIn()
        const { accessToken, expiresInMs, refreshExpiresInMs, sessionExpiresInMs } = tokens
        must(
          accessToken !== '',
          'The access token is empty. It must be null if script cannot read it.',
        )
        for (const ms of [expiresInMs, refreshExpiresInMs, sessionExpiresInMs])
          must(
            ms === undefined || Number.isFinite(ms),
            'A lifetime is not a number of milliseconds.',
          )
      },
    },
    {
      name: 'throws invalid_response for an answer without tokens',
      run() {
        for (const answer of NO_TOKENS)
          must(
            isSessionError(
              thrownBy(() => transport.read(answer)),
              'invalid_response',
            ),
            `It read ${answer === undefined ? 'undefined' : JSON.stringify(answer)} without throwing SessionError('invalid_response').`,
          )
      },
    },
    {
      name: 'renews with the given fetch and signal',
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
            'It sent without context.signal, so no timeout would end the request.',
          )
          must(!secretsOf(tokens).some((secret) => url.includes(secret)), 'A token is in a URL.')
        }
      },
    },
    ...NO_WORD.map(([what, answer]) => ({
      name: `takes ${what} for an outage, not for a refusal`,
      async run() {
        const { type } = await outcomeOf(answer)
        must(type === 'unavailable', `It was "${type}", not "unavailable".`)
      },
    })),
    {
      name: 'reads Retry-After',
      async run() {
        for (const status of [429, 503]) {
          const answer = new Response(null, { status, headers: { 'retry-after': '7' } })
          const outcome = await outcomeOf(() => answer)
          must(
            outcome.type === 'unavailable' && outcome.retryAfterMs === 7_000,
            `A ${status} with "Retry-After: 7" was not unavailable for 7000 ms.`,
          )
        }
      },
    },
    {
      name: 'recognises a refusal',
      async run() {
        const { type } = await outcomeOf(refusal)
        must(type === 'rejected', `It was "${type}", not "rejected".`)
      },
    },
    {
      name: 'ends a session at the server, or asks to be called again',
      async run() {
        const tokens = await signIn()
        const { send, seen } = recorder(() => Promise.resolve().then(fail))
        const claimed = await transport.revoke(contextOf(tokens, send)).catch(() => false)
        must(
          !claimed || seen.length === 0,
          'It resolved to true although the server could not be reached.',
        )
        const done = await transport.revoke(contextOf(tokens, server.fetch))
        must(done, 'It resolved to false although the server could be reached.')
      },
    },
    {
      name: 'authorizes a request with headers in lower case, one line each',
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
      name: 'leaves the body of an answer to the caller, and finds no token in an answer without one',
      run() {
        const answer = Response.json({ notes: [] })
        transport.inspect?.(answer)
        const { read } = (transport.answerTokens ?? {}) as Partial<AnswerTokensFeature>
        const brought = read?.(answer) ?? null
        must(brought === null, 'It found tokens in an answer that has none.')
        must(!answer.bodyUsed, 'It read the body.')
      },
    },
  ]
  // A check that fails synchronously rejects, too.
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
  // An empty token would be found in every URL.
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
