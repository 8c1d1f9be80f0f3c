import { finalReason } from '../../../transports/refresh-answer.ts'
import { inWords, type Answer } from '../answer.ts'
import { kept, must, notApplicable, type Check } from '../check.ts'
import { credentialIn, isSameToken, scrambled, touches, type Credential } from '../credential.ts'
import { drawKey } from '../draw-key.ts'
import type { Probe } from '../probe.ts'

/** Refresh tokens that are not the newest: those of late clients, and those of thieves. */
export const staleChecks: readonly Check[] = [
  {
    id: 'superseded',
    promise:
      'A spent token with its own key, once the successor was used, is answered 409 refresh_superseded with the number of the token; no token comes, nothing is revoked.',
    harm: 'session-lost',
    cost: 'A tab that was frozen while others refreshed signs the user out when it wakes.',
    ofSpent: true,
    async ask(probe) {
      const { answer, shown, newest } = await comeTooLate(probe)
      mustBeSuperseded(answer, shown)
      must(await probe.isAlive(newest), 'That ended the session.')
      return kept('409, and the session lives.')
    },
  },
  {
    id: 'loser-cookies',
    promise: 'The answer to a refresh that comes too late neither sets nor clears cookies.',
    harm: 'session-lost',
    cost: "The loser's answer clears or replaces the winner's cookie in the same browser, and the user is signed out.",
    ofSpent: true,
    async ask(probe) {
      const { answer, shown, between, newest } = await comeTooLate(probe)
      if (newest.token !== undefined) return notApplicable('The refresh token travels in bodies.')
      must(!touches(answer, shown, between, newest), 'The answer sets or clears a refresh cookie.')
      return kept('No Set-Cookie.')
    },
  },
  {
    id: 'cookies-put-back',
    promise:
      'A spent token with a higher number than its own is answered 409 with its number; with that number and its key it brings the same successor.',
    harm: 'session-lost',
    cost: 'An old answer that arrives late puts the cookies of a browser back, and the next refresh signs the user out.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const key = drawKey()
      const newest = await probe.rotate(first, { key })
      const putBack = { ...first, seq: newest.seq }
      must(newest.seq !== undefined, 'The server does not number its refresh tokens.')
      mustBeSuperseded(await probe.refresh(putBack), first)
      const repeated = await probe.rotate(first, { key })
      must(isSameToken(repeated, newest), 'The step repeated brought another refresh token.')
      must(await probe.isAlive(newest), 'That ended the session.')
      return kept('409, then the same successor.')
    },
  },
  {
    id: 'reuse',
    promise: 'A spent token with another key is reuse: refused, and its session ends.',
    harm: 'theft-eased',
    cost: 'A thief who has copied a refresh token keeps the session, unnoticed.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const newest = await probe.rotate(first)
      const answer = await probe.refresh(first)
      if (answer.status === 409) return FORGIVEN
      must(!answer.ok, 'A spent token was accepted.')
      mustBeFinal(answer)
      must(!(await probe.isAlive(newest)), 'The session continues.')
      return kept(`It was answered ${inWords(answer)}, and the session has ended.`)
    },
  },
  {
    id: 'reuse-ends-one',
    promise: 'Reuse ends the session it happened in, not the others of the same user.',
    harm: 'session-lost',
    cost: 'One stale laptop signs its owner out everywhere, and anyone with an old token can do so at will.',
    ofSpent: true,
    async ask(probe) {
      const other = await probe.logIn()
      const first = await probe.logIn()
      await probe.rotate(first)
      const { status } = await probe.refresh(first)
      if (status === 409) return FORGIVEN
      must(await probe.isAlive(other), 'Another session of the same user has ended too.')
      return kept('The other session lives.')
    },
  },
  {
    id: 'unknown-token',
    promise:
      'A token that was never issued is refused with 401, and so is one whose session is over.',
    harm: 'session-left-open',
    cost: 'The client cannot tell an end from an outage, and shows a page that cannot work.',
    async ask(probe) {
      const known = await probe.logIn()
      const answer = await probe.refresh(scrambled(known))
      must(!answer.ok, 'It was accepted.')
      mustBeFinal(answer)
      must(await probe.isAlive(known), 'That ended the session it named.')
      return kept(`It was answered ${inWords(answer)}.`)
    },
  },
]

const FORGIVEN = notApplicable(
  'The server forgives reuse for a while; check it again without that.',
)

/** Refreshes twice, then repeats the first refresh. */
async function comeTooLate(probe: Probe): Promise<{
  readonly answer: Answer
  readonly shown: Credential
  readonly between: Credential
  readonly newest: Credential
}> {
  const shown = await probe.logIn()
  const key = drawKey()
  const between = await probe.rotate(shown, { key })
  const newest = await probe.rotate(between)
  return { answer: await probe.refresh(shown, { key }), shown, between, newest }
}

function mustBeSuperseded(answer: Answer, { seq }: Credential): void {
  const { status, body } = answer
  must(
    status === 409 && body['error'] === 'refresh_superseded',
    `It was answered ${inWords(answer)}.`,
  )
  must(!credentialIn(answer) && !('access_token' in body), 'A token came with the 409.')
  must(seq !== undefined && body['seq'] === seq, 'The 409 does not say the number of the token.')
}

/** Clients take an answer for final by its status, or by an error code that they know. */
function mustBeFinal(answer: Answer): void {
  const { status, isJson, body } = answer
  const mayRefuse = isJson && (status === 400 || status === 403)
  const isKnown = status === 401 || (mayRefuse && finalReason(body['error']) !== undefined)
  const meaning = mayRefuse
    ? 'a refusal only when it has come for a minute, or by the hook `refused` of the settings'
    : 'an outage'
  must(isKnown, `It was answered ${inWords(answer)}, which clients take for ${meaning}.`)
}
