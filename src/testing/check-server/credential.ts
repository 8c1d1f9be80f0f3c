import { ownName, type Answer, type SetCookie } from './answer.ts'
import { drawKey } from './draw-key.ts'

/** What a browser holds of a session, and sends to the auth server next. */
export interface Credential {
  readonly sid: string | undefined
  readonly seq: number | undefined
  /** The refresh cookies by name; none where the token travels in bodies. */
  readonly cookies: ReadonlyMap<string, string>
  readonly token: string | undefined
  /** What the server calls the token, in bodies. */
  readonly tokenName: string
}

// Shorter cookies, such as "1", only hint at a session.
const SHORTEST_SECRET = 16

/** The cookies of an answer that contain a secret. */
export function secretCookies({ cookies }: Answer): readonly SetCookie[] {
  return cookies.filter(({ value }) => value.length >= SHORTEST_SECRET)
}

/** The refresh token of an answer, in cookies if it set any; `undefined` if it contains none. */
export function credentialIn(answer: Answer): Credential | undefined {
  const { sid, seq, refresh_token: inBody } = answer.body
  const cookies = new Map(secretCookies(answer).map(({ name, value }) => [name, value]))
  const token = cookies.size === 0 && typeof inBody === 'string' ? inBody : undefined
  if (cookies.size === 0 && token === undefined) return undefined
  return {
    sid: typeof sid === 'string' ? sid : undefined,
    seq: typeof seq === 'number' ? seq : undefined,
    cookies,
    token,
    tokenName: ownName(answer, 'refresh_token'),
  }
}

/** What a browser holds after a refresh: what it has shown, if a server that does not rotate sends no refresh token. */
export function successorIn(answer: Answer, shown: Credential): Credential | undefined {
  if (!answer.ok) return undefined
  const brought = credentialIn(answer)
  // Some servers send the sid only with the login.
  if (brought) return { ...brought, sid: brought.sid ?? shown.sid }
  return 'access_token' in answer.body ? shown : undefined
}

/** Whether two credentials contain the same refresh token. */
export function isSameToken(a: Credential, b: Credential): boolean {
  return secretOf(a) === secretOf(b)
}

/** The refresh token as one string, for comparison only. Never print it. */
export function secretOf({ cookies, token }: Credential): string {
  return token ?? cookieHeader([{ cookies }])
}

/** The `Cookie` header of a browser that holds all these credentials. */
export function cookieHeader(held: readonly Pick<Credential, 'cookies'>[]): string {
  return held
    .flatMap(({ cookies }) => [...cookies])
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

/** Whether an answer sets or clears a cookie of these credentials. */
export function touches(answer: Answer, ...held: readonly Credential[]): boolean {
  return answer.cookies.some(({ name }) => held.some(({ cookies }) => cookies.has(name)))
}

/** A credential of the same form that was never issued. */
export function scrambled({ cookies, token, ...rest }: Credential): Credential {
  const scramble = (secret: string): string => {
    const noise = drawKey().repeat(Math.ceil(secret.length / 32))
    return noise.slice(0, secret.length)
  }
  return {
    ...rest,
    cookies: new Map([...cookies].map(([name, value]) => [name, scramble(value)])),
    token: token === undefined ? undefined : scramble(token),
  }
}
