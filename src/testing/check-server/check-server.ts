import type { HeaderList } from '../../transport.ts'
import { Broken, HARMS, notApplicable, type Check, type Finding, type Harm } from './check.ts'
import { apiChecks } from './checks/api.ts'
import { answerChecks, lastChecks } from './checks/answers.ts'
import { cookieChecks } from './checks/cookies.ts'
import { logoutChecks } from './checks/logout.ts'
import { originChecks } from './checks/origins.ts'
import { rotationChecks } from './checks/rotation.ts'
import { staleChecks } from './checks/stale.ts'
import { throttlingChecks } from './checks/throttling.ts'
import { observe, spendOne } from './observe.ts'
import { createProbe, type Credentials, type LoginAttempt, type Probe } from './probe.ts'
import { settingsFor, type Settings } from './settings.ts'

/** Options of {@link checkServer}. */
export interface CheckServerOptions {
  /** Below the URL. @default { login: '/login', refresh: '/refresh', logout: '/logout' } */
  readonly paths?:
    { readonly login?: string; readonly refresh?: string; readonly logout?: string } | undefined
  /** Sent with each request, as the transport does. @default { 'x-requested-with': 'latchkey' } */
  readonly headers?: HeaderList | undefined
  /** An origin that may use the server from pages of its own, such as `https://app.example`. */
  readonly origin?: string | undefined
  /**
   * A URL of the API, which answers a GET with a user's access token. A path belongs to the origin of the auth server.
   * @default the API is not asked
   */
  readonly api?: string | undefined
  /** Signs in once. @default a POST of the credentials as JSON to the login path */
  readonly login?: ((attempt: LoginAttempt) => Promise<Response>) | undefined
  /** @default the global fetch */
  readonly fetch?: typeof fetch | undefined
}

/** One promise of the contract, and whether the server keeps it. */
export interface ReportRow extends Finding {
  /** Does not change between versions. */
  readonly id: string
  readonly promise: string
  readonly harm: Harm
  /** What happens if the promise is not kept. */
  readonly cost: string
}

/** What {@link checkServer} found. Holds no token, no password and no cookie's value. */
export interface ServerReport {
  /** The URL that was passed, without user name and password. */
  readonly url: string
  /** How the refresh token travels. */
  readonly delivery: 'cookie' | 'body'
  /** The transport and the options that suit the server, as far as it was seen. */
  readonly settings: Settings
  /** The broken promises, those that cost users most first; then those that are kept, then those that do not apply. */
  readonly rows: readonly ReportRow[]
  /** Whether every promise that applies is kept. */
  readonly passed: boolean
}

const CHECKS: readonly Check[] = [
  ...answerChecks,
  ...rotationChecks,
  ...staleChecks,
  ...logoutChecks,
  ...cookieChecks,
  ...originChecks,
  ...apiChecks,
  ...lastChecks,
]

const SPENDS_NONE = notApplicable('The server does not rotate refresh tokens.')

/**
 * Tests from outside which promises of the contract an auth server keeps, says what each broken one costs, and which
 * transport and options suit the server as it is. It signs
 * the user of `credentials` in and out about forty times, uses and misuses the tokens of those sessions, and tries twenty
 * wrong passwords for a user name that does not exist. Use an account made for this. For Node.js only, because browsers
 * hide cookies from script.
 *
 * Rejects with an `Error` if the server cannot be reached or the login fails, and with a `TypeError` if `url` is not an
 * absolute URL.
 */
export async function checkServer(
  url: string,
  credentials: Credentials,
  options: CheckServerOptions = {},
): Promise<ServerReport> {
  if (!URL.canParse(url))
    throw new TypeError(`"url" must be absolute, such as 'https://app.example/auth'`)
  const { headers = { 'x-requested-with': 'latchkey' }, origin, api, login } = options
  const { fetch: send = (...args: Parameters<typeof fetch>) => fetch(...args) } = options
  const paths = { login: '/login', refresh: '/refresh', logout: '/logout', ...options.paths }
  const probe = createProbe({ url, paths, headers, credentials, origin, api, login, fetch: send })

  const traits = await observe(probe, await probe.logIn())
  const { numbers = false, rotates = true, repeats = false } = traits.refreshes ?? {}
  const isForgiving = repeats && rotates && !numbers
  const showSpent = isForgiving ? await spendOne(probe).catch(() => undefined) : undefined

  const rows: ReportRow[] = []
  async function askAll(checks: readonly Check[]): Promise<void> {
    // In sequence, because a server may limit concurrent requests of one user.
    for (const { id, promise, harm, cost, ofSpent, ask } of checks) {
      const finding = ofSpent && !rotates ? SPENDS_NONE : await find(ask, probe)
      rows.push({ id, promise, ...finding, harm, cost })
    }
  }
  await askAll(CHECKS)
  // As late as possible, but before the server throttles.
  const forgiveness = await showSpent?.().catch(() => undefined)
  const settings = settingsFor(traits, probe.options, forgiveness)
  await askAll(throttlingChecks)

  return {
    url: new URL(url).origin + new URL(url).pathname,
    delivery: traits.delivery,
    settings,
    rows: rows.sort((a, b) => placeOf(a) - placeOf(b)),
    passed: rows.every(({ held }) => held !== 'no'),
  }
}

function placeOf({ held, harm }: ReportRow): number {
  if (held === 'no') return HARMS.indexOf(harm)
  return held === 'yes' ? HARMS.length : HARMS.length + 1
}

async function find(ask: Check['ask'], probe: Probe): Promise<Finding> {
  try {
    return await ask(probe)
  } catch (error) {
    // A promise that could not be tested counts as broken.
    const detail =
      error instanceof Broken ? error.message : `It could not be asked: ${(error as Error).message}`
    return { held: 'no', detail }
  }
}
