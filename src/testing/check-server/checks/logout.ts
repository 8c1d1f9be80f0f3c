import { inWords } from '../answer.ts'
import { kept, must, notApplicable, type Check } from '../check.ts'
import { scrambled, touches } from '../credential.ts'

/** Logout. */
export const logoutChecks: readonly Check[] = [
  {
    id: 'logout-ends',
    promise: 'A logout ends its session at the server.',
    harm: 'session-left-open',
    cost: 'A thief who has copied the refresh token stays signed in after the logout.',
    async ask(probe) {
      const session = await probe.logIn()
      const answer = await probe.logOut(session)
      must(answer.ok, `It was answered ${inWords(answer)}.`)
      must(!(await probe.isAlive(session)), 'The refresh token is still accepted.')
      return kept(`It was answered ${answer.status}, and the token is refused.`)
    },
  },
  {
    id: 'logout-ends-one',
    promise: 'A logout ends no other session of the same user.',
    harm: 'session-lost',
    cost: 'Signing out of a borrowed computer signs the user out at home as well.',
    async ask(probe) {
      const other = await probe.logIn()
      await probe.logOut(await probe.logIn())
      must(await probe.isAlive(other), 'Another session of the same user has ended too.')
      return kept('The other session lives.')
    },
  },
  {
    id: 'logout-spent',
    promise: 'A logout is accepted with any token of its session, spent ones too.',
    harm: 'session-left-open',
    cost: 'A user who has lost the newest token, to a thief or with a lost answer, cannot end the session any more.',
    ofSpent: true,
    async ask(probe) {
      const spent = await probe.logIn()
      const newest = await probe.rotate(spent)
      const answer = await probe.logOut(spent)
      must(answer.ok, `It was answered ${inWords(answer)}.`)
      must(!(await probe.isAlive(newest)), 'The session continues.')
      return kept('The session has ended.')
    },
  },
  {
    id: 'logout-twice',
    promise: 'A logout of a session that is over already is answered 2xx or 401.',
    harm: 'delay',
    cost: 'A browser that was offline tells the server of its logout again and again.',
    async ask(probe) {
      const session = await probe.logIn()
      await probe.logOut(session)
      const { ok, status } = await probe.logOut(session)
      must(ok || status === 401, `It was answered ${status}.`)
      return kept(`It was answered ${status}.`)
    },
  },
  {
    id: 'logout-names-session',
    promise: 'A logout names the session it ends, and ends no other, whatever token comes with it.',
    harm: 'session-lost',
    cost: 'A logout that arrives late, after the next login in the same browser, ends the session of the next user.',
    async ask(probe) {
      const earlier = await probe.logIn()
      const now = await probe.logIn()
      must(
        earlier.sid !== undefined && earlier.sid !== now.sid,
        'The server does not name its sessions.',
      )
      const answer = await probe.logOut(now, { sid: earlier.sid })
      must(!touches(answer, now), "The answer clears the other session's cookie.")
      must(await probe.isAlive(now), 'It ended the session of the token instead.')
      return kept(`It was answered ${answer.status}, and the other session lives.`)
    },
  },
  {
    id: 'logout-needs-token',
    promise: 'A logout with a token that was never issued ends nothing, whatever session it names.',
    harm: 'others-let-in',
    cost: 'Anyone who has seen the id of a session, for instance in a log, can sign its user out.',
    async ask(probe) {
      const session = await probe.logIn()
      await probe.logOut(scrambled(session))
      must(await probe.isAlive(session), 'That ended the session.')
      return kept('The session lives.')
    },
  },
  {
    id: 'logout-beside-others',
    promise:
      'Of several sessions in one cookie jar, a logout ends the one it names, and clears its cookies only.',
    harm: 'session-lost',
    cost: 'Two accounts, or two applications, in one browser sign each other out.',
    async ask(probe) {
      const wanted = await probe.logIn()
      const other = await probe.logIn()
      if (wanted.token !== undefined) return notApplicable('The refresh token travels in bodies.')
      if ([...wanted.cookies.keys()].some((name) => other.cookies.has(name)))
        return notApplicable('A cookie jar holds one session of this server.')
      const answer = await probe.logOut(wanted, { beside: [other] })
      must(!touches(answer, other), "The answer clears the other session's cookie.")
      must(!(await probe.isAlive(wanted)), 'The named session continues.')
      must(await probe.isAlive(other), 'The other session has ended too.')
      return kept('One has ended, the other lives.')
    },
  },
]
