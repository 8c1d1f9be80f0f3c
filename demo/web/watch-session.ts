import type { ExpiryCause } from 'latchkey'
import type { DemoSession } from './demo-session.ts'
import { mark, note } from './logbook.ts'
import type { Ending } from './observation.ts'
import { trueNow, trueTime } from './page-clock.ts'
import { whereEnded, whyEnded, whyExpiring } from './wording.ts'

/** Notes the session events of this tab in the timeline. */
export function watchSession(session: DemoSession): void {
  let replace: ((ending: Ending) => void) | undefined

  function showToken(expiresAt: number | null, how: string): void {
    replace?.({ outcome: 'quiet' })
    replace = undefined
    if (expiresAt === null) return
    const to = trueTime(expiresAt)
    const seconds = Math.max(0, Math.round((to - trueNow()) / 1000))
    replace = note({ kind: 'token', to, text: `token ${how}, good for ${seconds} s` })
  }

  let warnedOf: ExpiryCause | undefined
  let endWarning: ((ending: Ending) => void) | undefined

  function showWarning(): void {
    const { warning } = session.state
    if (warning?.cause === warnedOf) return
    warnedOf = warning?.cause
    endWarning?.({ outcome: 'quiet' })
    endWarning = undefined
    if (!warning) return
    const text = `warned: ${whyExpiring(warning.cause)}`
    endWarning = note({ kind: 'warning', to: trueTime(warning.endsAt), text })
  }

  session.subscribe(showWarning)
  session.on('started', ({ initiator }) => {
    const how = { 'this-tab': 'signed in', 'other-tab': 'joined', restored: 'found' }[initiator]
    mark(how, 'good')
    showToken(session.state.accessExpiresAt, 'of the session it found')
  })
  session.on('refreshed', ({ by, accessExpiresAt }) =>
    showToken(accessExpiresAt, by === 'this-tab' ? 'renewed here' : 'from another tab'),
  )
  session.on('refresh-failed', ({ status }) =>
    mark(`no new token (${status ?? 'no answer'})`, 'bad'),
  )
  session.on('extended', () => mark('goes on', 'good'))
  session.on('ended', (end) => {
    showToken(null, '')
    mark(`ended: ${whyEnded(end)}, ${whereEnded(end)}`, end.reason === 'logout' ? 'quiet' : 'bad')
  })
  session.on('step-up', () => mark('stronger sign-in wanted', 'bad'))
  session.on('degraded', ({ missing }) => mark(`without ${missing}`, 'bad'))
}
