import type { Dispose } from '../../ports.ts'
import type { Tab } from '../session/tab.ts'
import type { EventQueue } from './event-queue.ts'

/** Creates `session.subscribe`: calls `listener` after each change of `state`, once for several changes made at once. */
export function createSubscribe(
  tab: Pick<Tab, 'state'>,
  events: Pick<EventQueue<{ change: undefined }>, 'on'>,
): (listener: () => void) => Dispose {
  return (listener) => {
    let known = tab.state
    return events.on('change', () => {
      if (tab.state === known) return
      known = tab.state
      listener()
    })
  }
}
