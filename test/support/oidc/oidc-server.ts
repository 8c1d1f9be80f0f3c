import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, Middleware } from 'koa'
import Provider, { type KoaContextWithOIDC } from 'oidc-provider'
import { createGate, type Gate } from '../../browser/support/gate.ts'
import { configure, type OidcSettings } from './configure.ts'
import { signInForm } from './sign-in-form.ts'

/** `oidc-provider` at its strictest: a refresh token that is shown twice ends its family, and there is no grace. */
export interface OidcServer {
  readonly issuer: string
  /** Its userinfo endpoint: an API that accepts its access tokens, except those for another API. */
  readonly userinfo: string
  readonly clientId: string
  /** All requests, in order of arrival. */
  readonly requests: readonly SeenRequest[]
  /** The results of the refreshes so far. */
  readonly refreshes: () => RefreshTally
  /** The newest refresh token that it has issued. */
  readonly lastRefreshToken: string | undefined
  /** From now on CORS allows this origin, and no other. */
  admit(origin: string): void
  /**
   * From now on holds up the requests for a path before they are read, or their answers once they are made; all of
   * them, or the first.
   */
  hold(what: 'requests' | 'answers', path: string, first?: number): Gate
  /** From now on this function answers in its place, if it returns an answer; `null` ends that. */
  intercept(answer: ((path: string) => Answer | undefined) | null): void
  close(): Promise<void>
}

/** What a proxy in front of it may answer instead. `'cut'`: no answer, and the connection is broken. */
export type Answer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'cut'

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string
  /** The path below the issuer. */
  readonly path: string
  readonly origin: string | undefined
  /** The status of the answer, once it is made. */
  status?: number
}

/** How often the refresh grant was answered in which way. */
export interface RefreshTally {
  /** A refresh token was accepted. */
  readonly made: number
  /** A spent refresh token was shown: its family is over. */
  readonly reuses: number
  /** Any other refusal, of a family that is over, for instance. */
  readonly refused: number
}

export const CLIENT_ID = 'the-page'
export const TOKEN_PATH = '/token'
export const REVOCATION_PATH = '/token/revocation'
const METADATA = '/.well-known/oauth-authorization-server'

/** Starts a provider on a free port of this machine. Its state is its own, and in memory. */
export async function startOidcServer(settings: OidcSettings): Promise<OidcServer> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const { path = '' } = settings
  const issuer = origin + path
  let admitted = new URL(settings.pageUrl).origin
  const isAdmitted = (wanted: string): boolean => wanted === admitted
  const provider = new Provider(issuer, await configure(settings, CLIENT_ID, isAdmitted))

  const requests: SeenRequest[] = []
  const gates = { requests: new Map<string, Gate>(), answers: new Map<string, Gate>() }
  let interceptor: ((path: string) => Answer | undefined) | null = null
  const tally = { made: 0, reuses: 0, refused: 0 }
  const isRefresh = ({ oidc }: KoaContextWithOIDC): boolean =>
    oidc.params?.['grant_type'] === 'refresh_token'
  let lastRefreshToken: string | undefined
  provider.on('grant.success', (ctx) => {
    if (isRefresh(ctx)) tally.made += 1
    lastRefreshToken = (ctx.body as { readonly refresh_token?: string }).refresh_token
  })
  provider.on('grant.error', (ctx, { error_detail }) => {
    if (!isRefresh(ctx)) return
    if (error_detail === 'refresh token already used') tally.reuses += 1
    else tally.refused += 1
  })

  const watch: Middleware = async (ctx, next) => {
    const seen: SeenRequest = {
      method: ctx.method,
      path: ctx.path,
      origin: ctx.get('origin') || undefined,
    }
    requests.push(seen)
    const cut = (): void => void ctx.req.socket.destroy()
    if (ctx.method !== 'OPTIONS') await gates.requests.get(ctx.path)?.pass(cut)
    // The client has disconnected.
    if (ctx.req.socket.destroyed) return
    const answer = interceptor?.(ctx.path)
    if (answer === 'cut') cut()
    else if (answer) reply(ctx, answer)
    else await next()
    if (ctx.method !== 'OPTIONS') await gates.answers.get(ctx.path)?.pass(cut)
    seen.status = ctx.status
  }
  provider.use(watch)
  provider.use(signInForm(provider))

  const listener = provider.callback()
  server.on('request', (request, response) => {
    const { url = '/' } = request
    const isBelow = url.startsWith(`${path}/`)
    // RFC 8414 §3.1 puts the path of the issuer after the well-known path.
    if (!isBelow && url !== METADATA + path) return void response.writeHead(404).end()
    request.url = isBelow ? url.slice(path.length) : METADATA
    // The provider derives its own URLs from this.
    Object.assign(request, { originalUrl: path + request.url })
    void listener(request, response)
  })

  return {
    issuer,
    userinfo: `${issuer}/me`,
    clientId: CLIENT_ID,
    requests,
    refreshes: () => ({ ...tally }),
    get lastRefreshToken() {
      return lastRefreshToken
    },
    admit: (wanted) => void (admitted = wanted),
    hold(what, heldPath, first = Infinity) {
      const gate = createGate(`${what} for ${heldPath}`, first)
      gates[what].get(heldPath)?.open()
      gates[what].set(heldPath, gate)
      return gate
    },
    intercept: (next) => void (interceptor = next),
    close() {
      for (const gate of [...gates.requests.values(), ...gates.answers.values()]) gate.open()
      return new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      })
    },
  }
}

function reply(ctx: Context, { status, headers = {}, body = '' }: Answer & object): void {
  ctx.set({ 'access-control-allow-origin': '*', ...headers })
  ctx.status = status
  ctx.body = body
}
