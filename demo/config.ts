import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isRange } from './extensions/protection/client-address.ts'
import { parseKeyEncryptionKey } from './extensions/signing-keys/key-encryption-key.ts'
import { MODES, type Mode } from './extensions/strategies/mode.ts'

/** Every setting of the server. Durations are in seconds, as operators set them. */
export interface Config {
  readonly host: string
  /** `0` takes any free port. */
  readonly port: number
  /** A PostgreSQL server; without it the database lives in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** A folder for the database; `undefined` keeps it in memory. @default demo/.data */
  readonly dataDir: string | undefined
  /** Origins besides the server's own whose pages may call the server. */
  readonly allowedOrigins: readonly string[]
  /**
   * Host names under which browsers reach the server, besides `localhost` and IP addresses. @default none, or any if
   * there are trusted proxies
   */
  readonly allowedHosts: readonly string[]
  /** Addresses of proxies, or ranges of them, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly issuer: string
  readonly audience: string
  /** How sessions are kept, unless an account says otherwise. @default rotating */
  readonly mode: Mode
  readonly accessTtlS: number
  /** The lifetime of a token that is renewed with itself. */
  readonly renewTtlS: number
  /** How old an access token gets before it asks to be renewed, in soft mode. @default half of `ACCESS_TTL_S` */
  readonly softTtlS: number
  /** A refresh token expires when it was not used for this long. */
  readonly refreshTtlS: number
  /**
   * The idle limit as the page counts it: how long the user may be inactive. The server hears of activity only when a
   * token is renewed, so it waits for one access token lifetime more. @default longer than any session
   */
  readonly idleTtlS: number
  /** The absolute limit, counted from login. */
  readonly sessionTtlS: number
  /** How often a user has to sign in, whatever the limits of the session are. @default never */
  readonly signInEveryS: number
  /** How recent a sign-in must be for actions that a person who finds the browser unlocked must not take. */
  readonly freshSignInS: number
  /**
   * The name of the account that becomes an administrator when the server starts. It must exist by then, because anyone
   * can register a free name.
   */
  readonly adminUsername: string | undefined
  /** Whether the first account of an empty database becomes an administrator. @default if only this machine can reach the server */
  readonly firstAccountIsAdmin: boolean
  /** How many event streams an account may have open at one instance. */
  readonly streamsPerAccount: number
  /**
   * For how long a spent token shown with another key, or with none, is answered 409 instead of ending the session
   * (S6).
   */
  readonly graceS: number
  /**
   * The keys that seal signing keys in the database: 32 bytes each, the same for all instances. The first seals; all of
   * them open. @default a file in `dataDir`
   */
  readonly keyEncryptionKeys: readonly Uint8Array[]
  /** How long one key signs access tokens before the next one does. */
  readonly keyTtlS: number
  /** A new key is published this long before it signs: longer than any verifier keeps the old list. */
  readonly keyLeadS: number
  readonly attemptsPerAccount: number
  readonly attemptsPerAddress: number
  /** How many new visitors without an account an address may create within the same time. */
  readonly visitorsPerAddress: number
  readonly attemptsWindowS: number
  /** Within which time a request has to arrive, with its body. Its connection is closed after that, or a second later. */
  readonly requestWithinS: number
  /** How many requests that hash a password run at once at an instance, each in a thread. @default one for each core */
  readonly loginsAtOnce: number
  /** How many more of them may wait for their turn. */
  readonly loginsWaiting: number
  /** The cost of one argon2id hash. */
  readonly passwordCost: {
    readonly memoryCost: number
    readonly timeCost: number
    readonly parallelism: number
  }
}

const HOUR_S = 60 * 60
const DAY_S = 24 * HOUR_S
/** Browsers keep no cookie longer than this, so a longer limit could not be kept. */
const LONGEST_S = 400 * DAY_S
const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

/** Reads the settings from environment variables; throws an error that names the variable it cannot use. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const seconds = (name: string, fallback: number, least = 1) =>
    integer(env, name, fallback, least, LONGEST_S)
  const accessTtlS = seconds('ACCESS_TTL_S', 600)
  const keyTtlS = seconds('KEY_TTL_S', 30 * DAY_S, 2)
  const host = env['HOST'] ?? '127.0.0.1'
  const trustedProxies = addresses(env, 'TRUSTED_PROXIES')
  const adminUsername = env['ADMIN_USERNAME']
  const isPrivate = LOOPBACK.includes(host) && trustedProxies.length === 0
  return {
    host,
    port: integer(env, 'PORT', 4400, 0, 65_535),
    databaseUrl: env['DATABASE_URL'],
    dataDir: env['DATA_DIR'] ?? join(import.meta.dirname, '.data'),
    allowedOrigins: origins(env, 'ALLOWED_ORIGINS'),
    allowedHosts: hosts(env, 'ALLOWED_HOSTS'),
    trustedProxies,
    issuer: env['ISSUER'] ?? 'latchkey-demo',
    audience: env['AUDIENCE'] ?? 'latchkey-demo-api',
    mode: oneOf(env, 'MODE', MODES, 'rotating'),
    accessTtlS,
    renewTtlS: seconds('RENEW_TTL_S', 7 * DAY_S),
    softTtlS: integer(env, 'SOFT_TTL_S', Math.ceil(accessTtlS / 2), 1, accessTtlS),
    refreshTtlS: seconds('REFRESH_TTL_S', 7 * DAY_S),
    idleTtlS: seconds('IDLE_TTL_S', LONGEST_S),
    sessionTtlS: seconds('SESSION_TTL_S', 30 * DAY_S),
    signInEveryS: seconds('SIGN_IN_EVERY_S', LONGEST_S),
    freshSignInS: seconds('FRESH_SIGN_IN_S', 300),
    adminUsername,
    firstAccountIsAdmin: flag(
      env,
      'FIRST_ACCOUNT_IS_ADMIN',
      isPrivate && adminUsername === undefined,
    ),
    streamsPerAccount: integer(env, 'STREAMS_PER_ACCOUNT', 20, 1),
    graceS: seconds('GRACE_S', 0, 0),
    keyEncryptionKeys: encryptionKeys(env, 'KEY_ENCRYPTION_KEY'),
    keyTtlS,
    keyLeadS: integer(env, 'KEY_LEAD_S', Math.min(HOUR_S, Math.floor(keyTtlS / 2)), 1, keyTtlS - 1),
    attemptsPerAccount: integer(env, 'ATTEMPTS_PER_ACCOUNT', 10),
    attemptsPerAddress: integer(env, 'ATTEMPTS_PER_ADDRESS', 100),
    visitorsPerAddress: integer(env, 'VISITORS_PER_ADDRESS', 100),
    attemptsWindowS: seconds('ATTEMPTS_WINDOW_S', 900),
    requestWithinS: seconds('REQUEST_WITHIN_S', 10),
    loginsAtOnce: integer(env, 'LOGINS_AT_ONCE', availableParallelism()),
    loginsWaiting: integer(env, 'LOGINS_WAITING', 1_000),
    passwordCost: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  }
}

function integer(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  least = 1,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const text = env[name]
  if (text === undefined) return fallback
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}, not "${text}".`)
  return value
}

function oneOf<Value extends string>(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  values: readonly Value[],
  fallback: Value,
): Value {
  const text = env[name] ?? fallback
  const value = values.find((each) => each === text)
  if (value === undefined)
    throw new Error(`${name} must be one of ${values.join(', ')}, not "${text}".`)
  return value
}

function flag(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: boolean,
): boolean {
  const text = env[name]
  if (text === undefined) return fallback
  if (text !== '0' && text !== '1') throw new Error(`${name} must be 0 or 1, not "${text}".`)
  return text === '1'
}

function addresses(env: Readonly<Record<string, string | undefined>>, name: string): string[] {
  const wanted = entries(env, name)
  const wrong = wanted.find((entry) => !isRange(entry))
  if (wrong !== undefined)
    throw new Error(
      `${name} must list addresses such as 10.0.0.1 or 10.0.0.0/8, separated by commas; "${wrong}" is none.`,
    )
  return wanted
}

function encryptionKeys(env: Readonly<Record<string, string | undefined>>, name: string) {
  return entries(env, name).map((entry) => {
    const key = parseKeyEncryptionKey(entry)
    // The message does not show the value: it may be a secret with a typing error.
    if (key === undefined)
      throw new Error(
        `${name} must be 32 bytes in base64, as "openssl rand -base64 32" prints them; several are separated by commas.`,
      )
    return key
  })
}

function origins(env: Readonly<Record<string, string | undefined>>, name: string): string[] {
  const wanted = entries(env, name)
  const wrong = wanted.find((entry) => !URL.canParse(entry) || new URL(entry).origin !== entry)
  if (wrong !== undefined)
    throw new Error(
      `${name} must list origins such as https://app.example, separated by commas; "${wrong}" is none.`,
    )
  return wanted
}

function hosts(env: Readonly<Record<string, string | undefined>>, name: string): string[] {
  const wanted = entries(env, name)
  const wrong = wanted.find((entry) => !/^[a-z\d_-]+(\.[a-z\d_-]+)*$/.test(entry))
  if (wrong !== undefined)
    throw new Error(
      `${name} must list host names such as app.example, in lower case and without a port, separated by commas; "${wrong}" is not a host name.`,
    )
  return wanted
}

function entries(env: Readonly<Record<string, string | undefined>>, name: string): string[] {
  const all = (env[name] ?? '').split(',').map((entry) => entry.trim())
  return all.filter((entry) => entry !== '')
}
