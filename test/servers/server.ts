import type { Transport } from '../../src/index.ts'
import type { Story } from './stories.ts'

/** A server that nobody here wrote, and how it is connected. */
export interface ForeignServer {
  readonly name: string
  /** Beside this file: its packages, and `serve.mjs`, which starts it. */
  readonly folder: string
  /** The package whose version is the server's. */
  readonly package: string
  readonly transport: Transport
  /** In a page: signs a user in, and resolves to what `session.login()` takes. */
  signIn(user: User): Promise<unknown>
  /** The path of a GET request that only a good access token makes. */
  readonly api: string
  /** The user whom a successful answer of that path names. */
  userIn(answer: unknown): unknown
  isRefresh(request: ProxiedRequest): boolean
  /** The lifetime of an access token is shorter. */
  readonly expiredAfterMs: number
  /** `true`: a good token can be renewed, and an expired one cannot. `expiredAfterMs` is then when it is to be renewed. */
  readonly renewsOnlyGood?: boolean
  /** `true`: an access token needs a proof of the page's key with each request, so nothing but the page can show it. */
  readonly bindsTokens?: boolean
  /**
   * Has the server refuse the next refresh of Alice's session.
   *
   * @default 400 days pass at the server, so its refresh tokens expire
   */
  refuse?(origin: string): Promise<void>
  /** The stories in which this server loses the session whatever a page does, and why. */
  readonly costs: Readonly<Partial<Record<Story, string>>>
}

/** The users of each server; a server that wants an e-mail address or a password derives it from the name. */
export type User = 'alice' | 'bob'

/** A request on its way to the server. */
export interface ProxiedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body: string
}

/** Posts JSON, and resolves to the parsed answer. Rejects with its status if it is no success. */
export async function post(path: string, body: object, headers: object = {}): Promise<unknown> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`)
  return await response.json()
}

/** The user whom an answer of the server's API names; `undefined` if it is a refusal. */
export async function whom({ userIn }: ForeignServer, response: Response): Promise<unknown> {
  return response.ok ? userIn(await response.json()) : undefined
}
