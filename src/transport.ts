import type { Tokens, TokenStorage } from './tokens.ts'

/** How this page gets tokens from one server, renews them and ends the session there. */
export interface Transport {
  /** The default name of the session: the URL of the auth endpoints. */
  readonly id: string
  /** Where tokens are kept unless the application sets `storage`. */
  readonly storage: TokenStorage
  /** URLs that never get the token, with everything below them. A transport may add more later, as it discovers them. */
  readonly endpoints: readonly string[]
  /**
   * Whether a refresh may be sent again while an answer to it may still come: the server knows idempotency keys, or does not
   * rotate refresh tokens. If not, one tab at a time sends, and never a token that may be spent. @default the server's
   * last answer in this session decides: `true` if it has numbered the refresh token (`seq`), as latchkey's contract says
   */
  readonly idempotent?: boolean | undefined
  /** `true`: the application's requests renew the token. Without requests it expires, unless the user is known to be active. @default false */
  readonly slides?: boolean
  /** `true`: the server gives a token to anyone who asks, so a page without a session asks for one. @default false */
  readonly admitsAnyone?: boolean
  /**
   * A readable cookie, which the server sets beside the refresh token and at no other time. If it is absent, no user is signed
   * in; if it is present, a user may be. If its value has changed since another tab sent a refresh, the answer has arrived.
   */
  readonly hintCookie?: string | undefined
  /** Reads the answer to a login or a refresh. Throws `SessionError('invalid_response')`. */
  read(answer: unknown): Tokens
  /** Asks the server for new tokens. A rejection counts as `unavailable`. */
  refresh(context: TransportContext): Promise<RefreshOutcome>
  /** Ends the session `context.sessionId` at the server, and no other. Resolves to `false` to be called again later. */
  revoke(context: RevokeContext): Promise<boolean>
  /** The headers that authorize one request. @default `Authorization: Bearer` */
  authorize?(request: RequestLine, tokens: Tokens): HeaderList | Promise<HeaderList>
  /**
   * Reads the headers of each answer to a request that carried a token. It must leave the body to the caller. Return
   * `'repeat'` if the answer brought what the request lacked, such as a nonce: the request is then authorized again with
   * the same token, and sent once more if it can be replayed.
   */
  inspect?(response: Response): 'repeat' | null
  /** How answers to the application's requests bring new tokens. Create it with `answerTokens(read)`. @default they bring none */
  readonly answerTokens?: AnswerTokens | undefined
}

declare const opaque: unique symbol

/** Tokens in answers, for {@link Transport.answerTokens}. What it holds is not part of the API. */
export interface AnswerTokens {
  readonly [opaque]?: 'answer-tokens'
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

/** What a transport is given for a refresh. */
export interface TransportContext {
  readonly tokens: Tokens | null
  /** The server's id of the session, and the number of the refresh token that is used now, as far as they are known. */
  readonly sessionId: string | null
  readonly sequence: number | null
  /**
   * A plain fetch, which adds no token. URLs are resolved against the page as it was when the session was created; those that
   * begin with a slash against its origin, whatever its `<base>`. The request outlives the page if the browser supports that (`keepalive`), except
   * where the refresh token can be used once only and the answer is for script to keep.
   */
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** The same for every attempt at one refresh, in every tab. */
  readonly idempotencyKey: string
  /** How long ago the user was last active; `null` without an idle timeout. */
  readonly idleForMs: number | null
}

/** What a transport is given for a logout. */
export interface RevokeContext extends Omit<
  TransportContext,
  'idempotencyKey' | 'idleForMs' | 'sequence'
> {
  /** Whether to end all sessions of the account. */
  readonly everywhere: boolean
}

/** What the server answered. The session decides what follows from it. */
export type RefreshOutcome =
  | { readonly type: 'refreshed'; readonly tokens: Tokens }
  | {
      readonly type: 'unavailable'
      readonly retryAfterMs?: number | undefined
      readonly status?: number | undefined
      /** It may be a refusal in the server's own words. If it is repeated for a minute, it is taken for one. @default false */
      readonly isDoubtful?: boolean | undefined
    }
  /** 409: the refresh token was used already, and a newer one exists. `sequence` is the number of the one that was sent. */
  | { readonly type: 'superseded'; readonly sequence?: number | undefined }
  | {
      readonly type: 'rejected'
      readonly reason: 'refresh-rejected' | 'reuse-detected' | 'revoked' | 'session-limit' | 'idle'
    }
