import type { SessionRecord } from '../record/record.ts'
import type { Ledger } from '../shared/ledger.ts'
import { sleep } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'
import type { Adoption } from './adoption.ts'
import type { Turn } from './turn.ts'

/** Finds out whether another tab has been quicker than this one in its turn. */
export interface Overtaking {
  /** Whether this tab can go on with what another tab has made of the record. Shows it then. */
  takenOver(turn: Turn, now: SessionRecord | null): Promise<boolean>
  /** The same, after a wait and a look. */
  movedOn(turn: Turn, afterMs: number): Promise<boolean>
}

/** Creates this for the exchange of one tab. */
export function createOvertaking(deps: {
  readonly time: Time
  readonly ledger: Pick<Ledger, 'read'>
  readonly adoption: Adoption
}): Overtaking {
  const { time, ledger, adoption } = deps

  const takenOver: Overtaking['takenOver'] = async ({ record, ledger: locked }, now) => {
    const isUsable =
      now?.session !== record.session ||
      (now.generation > record.generation && (await adoption.adopt(now)))
    if (isUsable) locked.show(now)
    return isUsable
  }

  return {
    takenOver,
    async movedOn(turn, afterMs) {
      await sleep(time, afterMs)
      return await takenOver(turn, await ledger.read())
    },
  }
}
