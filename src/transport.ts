import type { Tokens, TokenStorage } from './tokens.ts'

/** How tokens come and go between this page and one server. */
export interface Transport {
  /** Names the session by default: the URL of the auth endpoints. */
  readonly id: string
  /** Where tokens live unless the application says otherwise. */
  readonly storage: TokenStorage
  /** URLs that never get the token, and everything below them. More may be added, as they are found out. */
  readonly endpoints: readonly string[]
  /** `false`: the server knows no idempotency key, so only one tab at a time may try a refresh token, and never twice at once (PROTOCOL O1). @default true */
  readonly idempotent?: boolean
  /** `true`: an expired access token cannot be renewed, so its expiry is a limit of the session, too. @default false */
  readonly expiredIsFinal?: boolean
  /** `true`: requests of the application renew the token; without them it runs out, unless somebody is known to be there. @default false */
  readonly slides?: boolean
  /** `true`: whoever asks for a token gets one, so a page that finds no session asks. @default false */
  readonly admitsAnyone?: boolean
  /** A readable cookie whose absence means that nobody is signed in; whose presence means that somebody may be. */
  readonly hintCookie?: string | undefined
  /** Reads a login or refresh answer. Throws `SessionError('invalid_response')`. */
  read(answer: unknown): Tokens
  /** Asks for new tokens. A rejection counts as `unavailable`. */
  refresh(context: TransportContext): Promise<RefreshOutcome>
  /** Ends the session `context.sessionId` at the server, nobody else's. Resolves `false` to be called again later. */
  revoke(context: RevokeContext): Promise<boolean>
  /** Dresses one request. @default `Authorization: Bearer` */
  authorize?(request: RequestLine, tokens: Tokens): HeaderList | Promise<HeaderList>
  /**
   * Sees each answer to a request that carried a token: its headers, for the body is the caller's. Tokens in it replace
   * those of the session in all tabs, unless newer ones are there; a refresh token that is to stay has to be among them.
   * `'repeat'`: the answer has told what was missing, so the same request is dressed anew, with the same token, and sent
   * once more if it can be.
   */
  inspect?(response: Response): Tokens | 'repeat' | null
}

/** The part of a request that authorization and replay may depend on. */
export interface RequestLine {
  readonly method: string
  /** As the caller wrote it. */
  readonly url: string
  /** The absolute form of `url`: what is fetched. */
  readonly href: string
}

/** Header names in lower case, and their values. */
export type HeaderList = Readonly<Record<string, string>>

/** What a transport gets to work with. */
export interface TransportContext {
  readonly tokens: Tokens | null
  /** The family and the refresh token of it that this refresh spends, as the record knows them. */
  readonly sessionId: string | null
  readonly sequence: number | null
  /** Never the authenticated one. Outlives the page where the browser can do that, but not with a token that is good for one use (PROTOCOL O1). */
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** The same for every attempt at one rotation, in every tab. */
  readonly idempotencyKey: string
  /** How long ago the user was last active; `null` when nobody watches. */
  readonly idleForMs: number | null
}

/** What a transport gets to end a session with. */
export interface RevokeContext extends Omit<
  TransportContext,
  'idempotencyKey' | 'idleForMs' | 'sequence'
> {
  /** All sessions of the account. */
  readonly everywhere: boolean
}

/** What the server said. Whether it is adopted, looked at again or believed is the session's business. */
export type RefreshOutcome =
  | { readonly type: 'refreshed'; readonly tokens: Tokens }
  | {
      readonly type: 'unavailable'
      readonly retryAfterMs?: number | undefined
      readonly status?: number | undefined
    }
  /** 409: somebody else is further on; `sequence` is where the shown token stood. */
  | { readonly type: 'superseded'; readonly sequence?: number | undefined }
  | {
      readonly type: 'rejected'
      readonly reason: 'refresh-rejected' | 'reuse-detected' | 'revoked' | 'session-limit' | 'idle'
    }
