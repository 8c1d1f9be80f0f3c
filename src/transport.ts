import type { Tokens, TokenStorage } from './tokens.ts'

/** How this page gets tokens from one server, renews them and ends the session there. */
export interface Transport {
  /** The default name of the session: the URL of the auth endpoints. */
  readonly id: string
  /** Where tokens are kept unless the application says otherwise. */
  readonly storage: TokenStorage
  /** URLs that never get the token, nor do those below them. Discovery may add more. */
  readonly endpoints: readonly string[]
  /** `false`: the server knows no idempotency key, so only one tab at a time may try a refresh token, and never twice at once (PROTOCOL O1). @default true */
  readonly idempotent?: boolean
  /** `true`: an expired access token cannot be renewed, so its expiry is a limit of the session, too. @default false */
  readonly expiredIsFinal?: boolean
  /** `true`: the application's requests renew the token; without them it expires, unless the user is known to be active. @default false */
  readonly slides?: boolean
  /** `true`: the server gives a token to every visitor, so a page that finds no session asks for one. @default false */
  readonly admitsAnyone?: boolean
  /** A readable cookie. Without it no user is signed in; with it a user may be. */
  readonly hintCookie?: string | undefined
  /** Reads a login or refresh answer. Throws `SessionError('invalid_response')`. */
  read(answer: unknown): Tokens
  /** Asks the server for new tokens. A rejection counts as `unavailable`. */
  refresh(context: TransportContext): Promise<RefreshOutcome>
  /** Ends the session `context.sessionId` at the server, and no other. Resolves to `false` to be called again later. */
  revoke(context: RevokeContext): Promise<boolean>
  /** The headers that authorize one request. @default `Authorization: Bearer` */
  authorize?(request: RequestLine, tokens: Tokens): HeaderList | Promise<HeaderList>
  /**
   * Reads the headers of each answer to a request that carried a token; the body is the caller's. Tokens that it returns
   * replace those of the session in all tabs, unless newer ones are there; a refresh token that is to stay has to be among
   * them. `'repeat'`: the answer said what the request lacked, so it is authorized again, with the same token, and sent once
   * more if it can be.
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

/** What a transport works with. */
export interface TransportContext {
  readonly tokens: Tokens | null
  /** The session (`sid`), and which refresh token of it (`seq`) this refresh spends, as the record knows them. */
  readonly sessionId: string | null
  readonly sequence: number | null
  /** Never the authenticated one. Outlives the page where the browser can do that, but not with a token that is good for one use (PROTOCOL O1). */
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** The same for every attempt at one rotation, in every tab. */
  readonly idempotencyKey: string
  /** How long ago the user was last active; `null` without an idle timeout. */
  readonly idleForMs: number | null
}

/** What a transport ends a session with. */
export interface RevokeContext extends Omit<
  TransportContext,
  'idempotencyKey' | 'idleForMs' | 'sequence'
> {
  /** All sessions of the account. */
  readonly everywhere: boolean
}

/** What the server answered. The session decides what to do about it. */
export type RefreshOutcome =
  | { readonly type: 'refreshed'; readonly tokens: Tokens }
  | {
      readonly type: 'unavailable'
      readonly retryAfterMs?: number | undefined
      readonly status?: number | undefined
    }
  /** 409: another tab has renewed already; `sequence` is that of the refresh token that was sent. */
  | { readonly type: 'superseded'; readonly sequence?: number | undefined }
  | {
      readonly type: 'rejected'
      readonly reason: 'refresh-rejected' | 'reuse-detected' | 'revoked' | 'session-limit' | 'idle'
    }
