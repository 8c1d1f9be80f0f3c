import type { SessionRecord, Tombstone } from '../../../../src/core/record/record.ts'
import {
  createSignOutNotice,
  type SignOutNotice,
} from '../../../../src/core/session/sign-out-notice.ts'
import { createSignOut, type SignOut } from '../../../../src/core/session/sign-out.ts'
import { openLoneTab } from '../../../../src/testing/lone-tab.ts'
import { plainStorage } from '../../../support/profile.ts'
import { sampleLedger, type SampleLedger } from '../shared/sample-ledger.ts'

/** A tab that can end its session, and a server that hears of it at once. */
export interface SampleSignOut extends SampleLedger {
  readonly signOut: SignOut
  readonly notice: SignOutNotice
  /** The sign-outs that the server was told of. */
  readonly told: Tombstone[]
}

/** The sign-out of a tab that knows `record`, if there is one. */
export async function sampleSignOut(record?: SessionRecord): Promise<SampleSignOut> {
  const made = await sampleLedger(record)
  const { clock, time, tab, ledger } = made
  const told: Tombstone[] = []
  const { page } = openLoneTab().ports
  const notice = createSignOutNotice({
    name: 'latchkey:a',
    ports: { clock, locks: null, page, random: () => 0.5 },
    time,
    storage: plainStorage,
    tab,
    ledger,
    authServer: {
      revoke(tombstone) {
        told.push(tombstone)
        return Promise.resolve(true)
      },
    },
  })
  let ids = 0
  const signOut = createSignOut({
    ports: { randomId: () => `id ${++ids}` },
    time,
    tab,
    ledger,
    notice,
  })
  return { ...made, signOut, notice, told }
}
