import type { Forgiveness, RefreshTraits, Refusal, Traits } from './observe.ts'
import { isOtherSite } from './is-other-site.ts'
import type { ProbeOptions } from './probe.ts'

const WIDTH = 92

/** The transport and the options that suit a server. */
export interface Settings {
  /** TypeScript that creates the transport. */
  readonly code: string
  /** What each part of it is based on, one sentence or two each. */
  readonly why: readonly string[]
}

/** One thing that was seen, and the option that it asks for, if it does. */
interface Part {
  readonly option?: string
  readonly reason: string
}

/** Settings for what was seen of a server. `forgiveness` is that of a server that grants a repeated refresh. */
export function settingsFor(
  { delivery, tokenName, refreshes, refusal }: Traits,
  { url, paths, origin }: ProbeOptions,
  forgiveness: Forgiveness | undefined,
): Settings {
  const inCookie = delivery === 'cookie'
  const parts: readonly Part[] = [
    { reason: `The refresh token is in ${inCookie ? 'a cookie' : 'the body of answers'}.` },
    ...(inCookie ? originParts(origin, url) : []),
    ...pathParts(paths),
    ...(inCookie ? [] : nameParts(tokenName)),
    ...(refreshes ? [...readingParts(refreshes), rotationPart(refreshes, forgiveness)] : UNSEEN),
    ...(refusal ? [refusalPart(refusal)] : []),
  ]
  const { origin: own, pathname } = new URL(url)
  const base = (origin === undefined || origin === own ? '' : own) + pathname.replace(/\/+$/, '')
  const options = parts.flatMap(({ option }) => option ?? [])
  return {
    code: call(inCookie ? 'cookieTransport' : 'jsonTransport', quoted(base || '/'), options),
    why: parts.map(({ reason }) => reason),
  }
}

const UNSEEN: readonly Part[] = [
  { reason: 'A plain refresh was refused, so it was not seen what becomes of a refresh token.' },
]

function originParts(origin: string | undefined, url: string): readonly Part[] {
  if (origin === undefined || origin === new URL(url).origin) return []
  return [
    {
      reason: `A page of ${origin} must send its login with credentials: 'include', or the browser drops the cookie.`,
    },
    ...(isOtherSite(origin, url) ? BLOCKED : []),
  ]
}

const BLOCKED: readonly Part[] = [
  {
    reason:
      'Safari sends no cookies to another site. Give the server a name on the site of the page, such as auth.example.com for app.example.com.',
  },
]

function pathParts(paths: ProbeOptions['paths']): readonly Part[] {
  const changed = (['refresh', 'logout'] as const).filter((name) => paths[name] !== `/${name}`)
  if (changed.length === 0) return []
  const given = changed.map((name) => `${name}: ${quoted(paths[name])}`)
  return [
    { option: `paths: { ${given.join(', ')} }`, reason: 'The paths are those that were passed.' },
  ]
}

function nameParts(name: string): readonly Part[] {
  if (name === 'refresh_token') return []
  const member = name === 'refreshToken' ? name : `${name}: refreshToken`
  return [
    {
      option: `body: ({ refreshToken }) => ({ ${member} })`,
      reason: `The server calls the refresh token ${name}.`,
    },
  ]
}

function readingParts({ isJson, unreadable }: RefreshTraits): readonly Part[] {
  if (!isJson) return [{ reason: 'latchkey needs JSON in answers to a refresh; there was none.' }]
  if (unreadable === undefined) return []
  const reason = `${unreadable}. Write tokensOf, which returns Tokens.`
  return [{ option: 'read: (answer) => tokensOf(answer)', reason }]
}

function rotationPart(
  { rotates, numbers, repeats }: RefreshTraits,
  forgiveness: Forgiveness | undefined,
): Part {
  if (!rotates)
    return { option: 'rotates: false', reason: 'A refresh token stays good when it is used.' }
  if (numbers)
    return {
      reason: 'Answers are numbered (seq), so a session learns that a refresh may be repeated.',
    }
  if (repeats) return { option: 'idempotent: true', reason: howLong(forgiveness) }
  return {
    reason:
      'A spent refresh token is refused and answers are not numbered (seq), so one tab at a time asks, and none asks twice.',
  }
}

function refusalPart(refusal: Refusal): Part {
  return {
    option: refusedHook(refusal),
    reason: `A refresh token that is over was answered ${refusal.status} in words that do not end a session at once. Compare what else has this status.`,
  }
}

function howLong(forgiveness: Forgiveness | undefined): string {
  const atOnce = 'A spent refresh token is accepted again'
  if (!forgiveness) return `${atOnce}; it was not seen for how long.`
  const after = `${(forgiveness.afterMs / 1000).toFixed(1)} s later`
  return forgiveness.lasts
    ? `${atOnce}, at once and ${after}.`
    : `${atOnce} at once, but no longer ${after}. A tab may come that late: 30 s are better.`
}

function refusedHook({ status, says }: Refusal): string {
  if (!says) return `refused: (status, body) => status === ${status} && typeof body === 'object'`
  const { member, value } = says
  const said = `(body as { ${member}?: unknown } | undefined)?.${member}`
  return `refused: (status, body) => status === ${status} && ${said} === ${quoted(value)}`
}

/** A call as a formatter would write it: on one line, or with one option a line. */
function call(name: string, url: string, options: readonly string[]): string {
  if (options.length === 0) return `${name}(${url})`
  const line = `${name}(${url}, { ${options.join(', ')} })`
  if (line.length <= WIDTH) return line
  return [`${name}(${url}, {`, ...options.map((option) => `  ${option},`), '})'].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}
