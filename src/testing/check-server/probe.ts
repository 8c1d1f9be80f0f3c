import type { HeaderList } from '../../transport.ts'
import { inWords, readAnswer, type Answer } from './answer.ts'
import { Broken } from './check.ts'
import { cookieHeader, credentialIn, successorIn, type Credential } from './credential.ts'
import { drawKey } from './draw-key.ts'

const PATIENCE_MS = 15_000

/** The members of the login request: user name, password, and whatever else the server requires. */
export type Credentials = Readonly<Record<string, string>>

/** How to reach the server under test. */
export interface ProbeOptions {
  /** The URL of the auth endpoints, such as `https://app.example/auth`. */
  readonly url: string
  readonly paths: { readonly login: string; readonly refresh: string; readonly logout: string }
  readonly headers: HeaderList
  readonly credentials: Credentials
  /** An origin that may use the server from pages of its own. */
  readonly origin: string | undefined
  /** A URL of the API, or its path. */
  readonly api: string | undefined
  readonly login: ((attempt: LoginAttempt) => Promise<Response>) | undefined
  readonly fetch: typeof fetch
}

/** What a custom `login` is given. */
export interface LoginAttempt {
  readonly credentials: Credentials
  /** Sends a request with the headers that the auth server requires. */
  readonly fetch: typeof fetch
}

/** How a refresh differs from that of a correct client. `null` leaves a member out. */
export interface RefreshVariation {
  /** @default a new one */
  readonly key?: string | null
  /** @default that of the token */
  readonly seq?: number | null | undefined
  /** @default that of the token */
  readonly sid?: string | null | undefined
  /** Further credentials in the same cookie jar. */
  readonly beside?: readonly Credential[]
  /** Replaces the headers that the auth server requires. */
  readonly headers?: HeaderList
}

/** A client of the server under test, which can also send what a correct client would not. */
export interface Probe {
  readonly options: ProbeOptions
  /** All answers so far, in order. */
  readonly answers: readonly Answer[]
  /** Signs in from another browser. Rejects with a readable `Error` if that fails. */
  logIn(): Promise<Credential>
  /** Posts the credentials with these members replaced. */
  tryLogin(changed: Credentials): Promise<Answer>
  refresh(shown: Credential, variation?: RefreshVariation): Promise<Answer>
  /** A refresh that must succeed. Throws {@link Broken} if it does not. */
  rotate(shown: Credential, variation?: RefreshVariation): Promise<Credential>
  /** Whether the session of this token, its newest, is still alive. Uses the token. */
  isAlive(newest: Credential): Promise<boolean>
  logOut(shown: Credential, variation?: Pick<RefreshVariation, 'sid' | 'beside'>): Promise<Answer>
  /** Sends the CORS preflight of a refresh from a page of `origin`. */
  preflight(origin: string): Promise<Answer>
  /** Asks a URL of the API, with an access token. */
  askApi(url: string, accessToken: string): Promise<Answer>
}

/** Creates a probe. It sends nothing by itself. */
export function createProbe(options: ProbeOptions): Probe {
  const { paths, headers, credentials } = options
  const answers: Answer[] = []
  const base = options.url.replace(/\/+$/, '')

  function send(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    return options.fetch(input, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...init,
    })
  }

  async function note(response: Promise<Response>): Promise<Answer> {
    const answer = await readAnswer(await response)
    answers.push(answer)
    return answer
  }

  function post(path: string, body: object, more: HeaderList): Promise<Response> {
    return send(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...more },
      body: JSON.stringify(body),
    })
  }

  /** Sends the tokens of `held` in cookies or, without cookies, in the body. */
  function show(
    path: string,
    held: readonly [Credential, ...Credential[]],
    body: object,
    more: HeaderList,
  ): Promise<Answer> {
    const [{ token, tokenName }] = held
    const cookie = cookieHeader(held)
    return note(
      post(
        path,
        { ...body, ...(token !== undefined && { [tokenName]: token }) },
        {
          ...more,
          ...(cookie !== '' && { cookie }),
        },
      ),
    )
  }

  function login(): Promise<Response> {
    const withHeaders: typeof fetch = (input, init = {}) => {
      const all = new Headers(init.headers)
      for (const [name, value] of Object.entries(headers)) all.set(name, value)
      return send(input, { ...init, headers: all })
    }
    return options.login
      ? options.login({ credentials, fetch: withHeaders })
      : post(paths.login, credentials, headers)
  }

  async function logIn(): Promise<Credential> {
    const answer = await note(login())
    const credential = answer.ok ? credentialIn(answer) : undefined
    if (credential) return credential
    throw new Error(
      answer.ok
        ? `The login brought no refresh token, in a cookie or as "refresh_token" in the body. It has ${membersOf(answer)}.`
        : `The login was answered ${inWords(answer)}.`,
    )
  }

  function refresh(shown: Credential, variation: RefreshVariation = {}): Promise<Answer> {
    const { key = drawKey(), seq = shown.seq, sid = shown.sid, beside = [] } = variation
    const named = { sid: sid ?? undefined, seq: seq ?? undefined }
    return show(paths.refresh, [shown, ...beside], named, {
      ...(variation.headers ?? headers),
      ...(key !== null && { 'idempotency-key': key }),
    })
  }

  async function rotate(shown: Credential, variation?: RefreshVariation): Promise<Credential> {
    const answer = await refresh(shown, variation)
    const successor = successorIn(answer, shown)
    if (successor) return successor
    throw new Broken(
      answer.ok
        ? 'A plain refresh brought no token.'
        : `A plain refresh was answered ${inWords(answer)}.`,
    )
  }

  return {
    options,
    answers,
    logIn,
    // Not noted: what is promised of the answers of the auth server does not bind the API.
    askApi: async (url, accessToken) =>
      readAnswer(
        await send(new URL(url, base).href, {
          headers: { authorization: `Bearer ${accessToken}` },
        }),
      ),
    tryLogin: (changed) => note(post(paths.login, { ...credentials, ...changed }, headers)),
    refresh,
    rotate,
    isAlive: async (newest) => (await refresh(newest)).ok,
    logOut: (shown, { sid = shown.sid, beside = [] } = {}) =>
      show(paths.logout, [shown, ...beside], { sid: sid ?? undefined }, headers),
    preflight: async (origin) =>
      readAnswer(
        await send(base + paths.refresh, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': wantedHeaders(headers).join(','),
          },
        }),
      ),
  }
}

/** The names of an answer's members, as far as they look like names. */
function membersOf({ body }: Answer): string {
  const names = Object.keys(body).filter((name) => /^\w{1,30}$/.test(name))
  return names.slice(0, 10).join(', ') || 'no members'
}

/** The names of the headers of a refresh that a CORS preflight asks for. */
export function wantedHeaders(headers: HeaderList): readonly string[] {
  return ['content-type', 'idempotency-key', ...Object.keys(headers)].sort()
}
