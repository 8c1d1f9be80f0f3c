import { inWords, type Answer } from '../answer.ts'
import { kept, must, notApplicable, type Check } from '../check.ts'
import { isSameToken, secretOf, successorIn } from '../credential.ts'
import { drawKey } from '../draw-key.ts'

const AT_ONCE = 64

/** A refresh, and its repetition by an honest client. */
export const rotationChecks: readonly Check[] = [
  {
    id: 'rotates',
    promise: 'A refresh brings another refresh token.',
    harm: 'theft-eased',
    cost: 'A stolen refresh token can be used for as long as the session lasts, unnoticed.',
    async ask(probe) {
      const first = await probe.logIn()
      const next = await probe.rotate(first)
      must(!isSameToken(first, next), 'The same one came back.')
      return kept('Another one came.')
    },
  },
  {
    id: 'plain-client',
    promise: 'A client that sends no key, no sid and no seq is served.',
    harm: 'session-lost',
    cost: 'A page that opens without a record of its session, but with its cookie, cannot restore it.',
    async ask(probe) {
      const answer = await probe.refresh(await probe.logIn(), { key: null, sid: null, seq: null })
      must(answer.ok, `It was answered ${inWords(answer)}.`)
      return kept('It was given a new token.')
    },
  },
  {
    id: 'one-rotation',
    promise: `${AT_ONCE} equal refreshes at once are one rotation with ${AT_ONCE} equal answers.`,
    harm: 'session-lost',
    cost: 'Two tabs that renew at the same moment, or one retry after a lost answer, sign the user out.',
    async ask(probe) {
      const first = await probe.logIn()
      const key = drawKey()
      const requests = Array.from({ length: AT_ONCE }, () => probe.refresh(first, { key }))
      const answers = await Promise.all(requests)
      must(
        answers.every(({ ok }) => ok),
        `They were answered ${tally(answers)}.`,
      )
      const brought = answers
        .map((answer) => successorIn(answer, first))
        .filter((one) => one !== undefined)
      const distinct = new Set(brought.map(secretOf))
      must(brought.length === AT_ONCE, `Only ${brought.length} answers brought a refresh token.`)
      must(distinct.size === 1, `They brought ${distinct.size} different refresh tokens.`)
      const [successor] = brought
      must(
        successor !== undefined && (await probe.isAlive(successor)),
        'The token they all brought is not accepted.',
      )
      return kept(`${AT_ONCE} answers, one successor.`)
    },
  },
  {
    id: 'same-successor',
    promise: 'A spent token that is sent again with the same key brings the same successor again.',
    harm: 'session-lost',
    cost: 'Whenever an answer is lost, with a tab that closes or a network that fails, the user is signed out.',
    async ask(probe) {
      const first = await probe.logIn()
      const key = drawKey()
      const next = await probe.rotate(first, { key })
      const again = await probe.refresh(first, { key })
      must(again.ok, `The repeated refresh was answered ${inWords(again)}.`)
      const repeated = successorIn(again, first)
      must(
        repeated !== undefined && isSameToken(repeated, next),
        'It brought another refresh token.',
      )
      must(await probe.isAlive(next), 'The successor is not accepted afterwards.')
      return kept('The same one came again.')
    },
  },
  {
    id: 'leaf-again',
    promise:
      'The newest token, sent with the number and the key of the refresh that brought it, is returned unspent.',
    harm: 'delay',
    cost: 'A page that was closed after the browser stored the new cookie, and before the page recorded it, stays out of step with its cookie.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const key = drawKey()
      const next = await probe.rotate(first, { key })
      must(first.seq !== undefined, 'The server does not number its refresh tokens.')
      const answer = await probe.refresh(next, { key, seq: first.seq })
      must(answer.ok, `It was answered ${inWords(answer)}.`)
      const brought = successorIn(answer, next)
      must(!brought || isSameToken(brought, next), 'It was spent: another one came.')
      must(await probe.isAlive(next), 'It is not accepted afterwards.')
      return kept('It came back, and is accepted.')
    },
  },
  {
    id: 'short-key',
    promise: 'A key of less than 128 bits is refused, and nothing is spent.',
    harm: 'theft-eased',
    cost: 'With the key, a spent token brings its successor. A short key can be guessed.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const key = drawKey().slice(0, 31)
      const answer = await probe.refresh(first, { key })
      if (!answer.ok) {
        must(await probe.isAlive(first), 'It was refused, but the token was spent.')
        return kept(`It was answered ${inWords(answer)}.`)
      }
      const again = await probe.refresh(first, { key })
      must(!again.ok, 'A key of 124 bits opened the successor.')
      return notApplicable('The server does not use idempotency keys.')
    },
  },
]

/** The number of answers of each kind, ordered by status. */
function tally(answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(inWords(answer), (counts.get(inWords(answer)) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([words, count]) => `${words} (${count})`)
    .join(', ')
}
