import { jsonTransport, readTokenResponse } from '../../index.ts'
import { clock } from '../../platform/clock.ts'
import { Broken } from './check.ts'
import type { Answer } from './answer.ts'
import { isSameToken, scrambled, successorIn, type Credential } from './credential.ts'
import { drawKey } from './draw-key.ts'
import type { Probe } from './probe.ts'

/** What decides on transport and settings. */
export interface Traits {
  readonly delivery: 'cookie' | 'body'
  /** What the server calls the refresh token, in bodies. */
  readonly tokenName: string
  /** `undefined` if the server refuses even a plain refresh. */
  readonly refreshes: RefreshTraits | undefined
  /** A refusal that latchkey does not take for one; `undefined` if there is none. */
  readonly refusal: Refusal | undefined
}

/** What a server does with refresh tokens. */
export interface RefreshTraits {
  readonly numbers: boolean
  readonly rotates: boolean
  /** Whether a refresh was granted again when it was sent again at once, with its key. */
  readonly repeats: boolean
  readonly isJson: boolean
  /** Why `readTokenResponse` cannot read the JSON of an answer; names its members. */
  readonly unreadable: string | undefined
}

/** A refusal in the server's own words. */
export interface Refusal {
  readonly status: number
  /** The member that says it, if it says the same of all tokens. */
  readonly says: { readonly member: string; readonly value: string } | undefined
}

/** Observes the server, in the session of `first` and in others. */
export async function observe(probe: Probe, first: Credential): Promise<Traits> {
  const refreshes = await observeRefreshes(probe, first).catch((error: unknown) => {
    if (error instanceof Broken) return undefined
    throw error
  })
  return {
    delivery: first.token === undefined ? 'cookie' : 'body',
    tokenName: first.tokenName,
    refreshes,
    refusal: await observeRefusal(probe),
  }
}

async function observeRefreshes(probe: Probe, first: Credential): Promise<RefreshTraits> {
  const key = drawKey()
  const next = await probe.rotate(first, { key })
  const { isJson = false, text = '' } = probe.answers.at(-1) ?? {}
  const again = successorIn(await probe.refresh(first, { key }), first)
  return {
    numbers: next.seq !== undefined,
    rotates: !isSameToken(first, next),
    repeats: again !== undefined && (await probe.isAlive(again)),
    isJson,
    unreadable: isJson ? whyUnreadable(JSON.parse(text)) : undefined,
  }
}

function whyUnreadable(answer: unknown): string | undefined {
  try {
    readTokenResponse(answer)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

async function observeRefusal(probe: Probe): Promise<Refusal | undefined> {
  const ended = await probe.logIn()
  await probe.logOut(ended)
  const answers = [await probe.refresh(ended), await probe.refresh(scrambled(ended))] as const
  const [ending, other] = answers
  const { status } = ending
  if (status < 400 || status >= 500 || status === 429 || (await isUnderstood(ending)))
    return undefined
  const secrets = Object.values(probe.options.credentials)
  return { status, says: other.status === status ? saidByBoth(answers, secrets) : undefined }
}

/** Whether a transport without a hook takes an answer for a verdict. */
async function isUnderstood({ text, status, headers }: Answer): Promise<boolean> {
  const { type } = await jsonTransport('/auth').refresh({
    tokens: null,
    sessionId: null,
    sequence: null,
    idempotencyKey: drawKey(),
    idleForMs: null,
    fetch: () => Promise.resolve(new Response(text, { status, headers })),
    signal: new AbortController().signal,
  })
  return type !== 'unavailable'
}

/** What two refusals say in the same words. What differs, or repeats what was sent, might be a secret. */
function saidByBoth([one, other]: readonly [Answer, Answer], secrets: string[]): Refusal['says'] {
  for (const member of ['error', 'code', 'message']) {
    const value = one.body[member]
    if (value !== other.body[member] || typeof value !== 'string') continue
    if (!/^[A-Za-z][A-Za-z ._-]{0,59}$/.test(value)) continue
    if (!secrets.some((secret) => value.includes(secret))) return { member, value }
  }
  return undefined
}

/** How long a spent refresh token has been forgiven. */
export interface Forgiveness {
  /** Whether the server still forgave it when it was shown. */
  readonly lasts: boolean
  /** When it was shown: so long after it was spent. */
  readonly afterMs: number
}

/** Spends a refresh token now, and shows it again when asked. */
export async function spendOne(probe: Probe): Promise<() => Promise<Forgiveness>> {
  const spent = await probe.logIn()
  const key = drawKey()
  await probe.rotate(spent, { key })
  const spentAt = clock.uptime()
  return async () => {
    const afterMs = clock.uptime() - spentAt
    return { lasts: (await probe.refresh(spent, { key })).ok, afterMs }
  }
}
