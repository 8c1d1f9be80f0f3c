import type { Answer } from '../answer.ts'
import { kept, must, type Check } from '../check.ts'
import { credentialIn } from '../credential.ts'

// Longer than any lifetime, and far below the current time in seconds since 1970.
const LONGEST_S = 400 * 24 * 60 * 60

/** The form of answers. */
export const answerChecks: readonly Check[] = [
  {
    id: 'token-response',
    promise: 'A login and a refresh are answered as OAuth words it: access_token and expires_in.',
    harm: 'delay',
    cost: 'The client cannot tell when to renew, and finds out by being refused.',
    async ask(probe) {
      await probe.rotate(await probe.logIn())
      for (const { body } of probe.answers.filter((answer) => credentialIn(answer))) {
        must(typeof body['access_token'] === 'string', 'An answer has no access_token.')
        must('expires_in' in body, 'An answer has no expires_in.')
      }
      return kept('Login and refresh alike.')
    },
  },
  {
    id: 'lifetimes',
    promise: 'Lifetimes are given in seconds from now, not as points in time.',
    harm: 'session-lost',
    cost: 'A user whose clock is wrong is signed out at once, or sends expired tokens.',
    async ask(probe) {
      await probe.rotate(await probe.logIn())
      const names = ['expires_in', 'refresh_expires_in', 'session_expires_in']
      const given = probe.answers
        .filter(({ ok }) => ok)
        .flatMap(({ body }) =>
          names.filter((name) => name in body).map((name) => [name, body[name]] as const),
        )
      for (const [name, value] of given)
        must(isLifetime(value), `${name} is not a number of seconds below ${LONGEST_S}.`)
      return kept(`Given: ${[...new Set(given.map(([name]) => name))].join(', ') || 'none'}.`)
    },
  },
  {
    id: 'names-session',
    promise: 'Answers name the session (sid) and number its refresh tokens (seq).',
    harm: 'session-lost',
    cost: 'A late logout cannot say which session it means, and a browser with outdated cookies looks like a thief.',
    async ask(probe) {
      const first = await probe.logIn()
      must(first.sid !== undefined, 'The answer to a login has no sid.')
      must(first.seq !== undefined, 'The answer to a login has no seq.')
      const next = await probe.rotate(first)
      must(next.sid === first.sid, 'A refresh answers with another sid than the login.')
      must((next.seq ?? 0) > first.seq, 'A refresh answers with a seq that is no higher.')
      return kept('The sid stays, the seq grows.')
    },
  },
]

/** Checks of all answers to the other checks, after which they must run. */
export const lastChecks: readonly Check[] = [
  {
    id: 'no-store',
    promise: 'Every answer with a token says Cache-Control: no-store (RFC 6749 §5.1).',
    harm: 'theft-eased',
    cost: 'A browser or a proxy may keep tokens on disk, and give them to the next user.',
    ask(probe) {
      const withToken = probe.answers.filter(({ body }) => 'access_token' in body)
      const stored = withToken.filter(
        ({ headers }) => !/\bno-store\b/i.test(headers.get('cache-control') ?? ''),
      )
      must(
        stored.length === 0,
        `${stored.length} of ${withToken.length} answers with a token do not.`,
      )
      return Promise.resolve(kept('All of them.'))
    },
  },
  {
    id: 'refusals',
    promise:
      'Every refusal is a JSON object with an error code (RFC 6749 §5.2), and none is a server error.',
    harm: 'session-left-open',
    cost: 'Clients take what they cannot read for an outage: they ask again and again instead of showing the login page.',
    ask(probe) {
      const refusals = probe.answers.filter(({ status }) => status >= 400)
      const wrong = refusals.filter((answer) => !isRefusal(answer))
      const statuses = [...new Set(wrong.map(({ status }) => status))].sort((a, b) => a - b)
      must(wrong.length === 0, `Answers with status ${statuses.join(', ')} are not.`)
      return Promise.resolve(kept('All of them.'))
    },
  },
]

function isRefusal({ status, isJson, body }: Answer): boolean {
  const { error } = body
  return status < 500 && isJson && typeof error === 'string' && error !== ''
}

/** Some servers send numbers as strings. */
function isLifetime(value: unknown): boolean {
  const seconds = typeof value === 'string' ? Number(value) : value
  return typeof seconds === 'number' && seconds >= 0 && seconds <= LONGEST_S
}
