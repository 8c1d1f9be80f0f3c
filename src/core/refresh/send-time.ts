import type { Step } from '../record/transitions.ts'
import { sessionMs, wallMs } from '../time/moments.ts'
import type { Time } from '../time/time.ts'

/** When a request for tokens was sent: the lifetimes in its answer count from then. */
export interface SendTime {
  /** The request is sent, or sent again: the computer may have slept since the first time. */
  onSend(): void
  /** Whether anything was sent at all. */
  wasSent(): boolean
  /**
   * When the request was sent, `waitMs` ago at most. Call it as the answer arrives: an awake computer waits no longer than
   * that, so otherwise it has slept, and the server may have got the request after the sleep.
   */
  startedAt(): Step['startedAt']
}

/** Creates the send time of one exchange, whose answer is waited for so long. */
export function createSendTime(time: Time, waitMs: number): SendTime {
  const now = (): Step['startedAt'] => ({ wall: time.now(), session: time.sessionNow() })
  let sentAt = now()
  let wasSent = false
  return {
    onSend() {
      sentAt = now()
      wasSent = true
    },
    wasSent: () => wasSent,
    startedAt() {
      const { wall, session } = now()
      return {
        wall: wallMs(Math.max(sentAt.wall, wall - waitMs)),
        session: sessionMs(Math.max(sentAt.session, session - waitMs)),
      }
    },
  }
}
