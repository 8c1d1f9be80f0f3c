import type { Degradation, SessionStart } from 'latchkey'
import type { DemoSession } from './demo-session.ts'
import { find, make } from './dom.ts'
import { timeOfDay, whereEnded, whyEnded, whyExpiring } from './wording.ts'

type Tone = 'good' | 'quiet' | 'bad'

const KEPT = 200

const BEGINNINGS: Readonly<Record<SessionStart['initiator'], string>> = {
  'this-tab': 'Signed in, in this tab',
  'other-tab': 'Signed in, in another tab',
  restored: 'Found the session that this browser already had',
}

const STAND_INS: Readonly<Record<Degradation['missing'], string>> = {
  locks: 'There are no Web Locks here: tabs take turns by a lease',
  channel: 'There is no BroadcastChannel here: tabs look for news now and then',
  record: 'There is no IndexedDB here: tabs share less',
  crypto: 'There is no crypto.subtle here: tokens are kept unsealed',
  worker: 'The worker does not answer: tabs refresh by themselves',
}

/** Lists all session events, newest first. Screen readers are told all but the routine renewals. */
export function showEventLog(session: DemoSession): void {
  const list = find('log', HTMLOListElement)
  const announcement = find('announcement', HTMLParagraphElement)

  function write(event: string, text: string, tone: Tone): void {
    const now = Date.now()
    const time = make('time', '', timeOfDay(now))
    time.dateTime = new Date(now).toISOString()
    list.prepend(make('li', tone, time, make('code', '', event), make('span', '', text)))
    while (list.childElementCount > KEPT) list.lastElementChild?.remove()
    if (tone !== 'quiet') announcement.textContent = text
  }

  session.on('started', ({ initiator }) => write('started', `${BEGINNINGS[initiator]}.`, 'good'))
  session.on('refreshed', ({ by, accessExpiresAt }) => {
    const until = accessExpiresAt === null ? '' : `, good until ${timeOfDay(accessExpiresAt)}`
    write(
      'refreshed',
      `New token, by ${by === 'this-tab' ? 'this' : 'another'} tab${until}.`,
      'quiet',
    )
  })
  session.on('refresh-failed', ({ status, retryAt }) => {
    const answer = status === null ? 'no answer' : `answer ${status}`
    write('refresh-failed', `No new token (${answer}); next try at ${timeOfDay(retryAt)}.`, 'bad')
  })
  session.on('expiring', ({ cause, endsAt }) => {
    write('expiring', `It ends at ${timeOfDay(endsAt)}: ${whyExpiring(cause)}.`, 'bad')
  })
  session.on('extended', () => write('extended', 'The session goes on.', 'good'))
  session.on('ended', (end) => {
    const tone = end.reason === 'logout' ? 'good' : 'bad'
    write('ended', `The session is over: ${whyEnded(end)} (${whereEnded(end)}).`, tone)
  })
  session.on('degraded', ({ missing }) => write('degraded', `${STAND_INS[missing]}.`, 'bad'))
  session.on('step-up', ({ url }) => {
    write('step-up', `${new URL(url).pathname} wants a stronger sign-in.`, 'bad')
  })
}
