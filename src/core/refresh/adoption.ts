import type { TokenStorage } from '../../tokens.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Handoff, Siblings } from '../shared/siblings.ts'
import { within } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'

const ASK_AGAIN_AFTER_MS = [300, 700]

/** Gets hold of tokens that another tab has fetched (H1). */
export interface Adoption {
  /**
   * Opens the tokens that rest in `record`, or else asks the other tabs, for up to `waitsMs` in all. Resolves to whether
   * this tab holds them now.
   */
  adopt(record: SessionRecord, waitsMs?: readonly number[]): Promise<boolean>
  /** Takes handed-over tokens, if the record confirms their session and generation. */
  receive(handoff: Handoff): Promise<void>
}

/** Creates the adoption of one tab. */
export function createAdoption(deps: {
  readonly time: Time
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
  readonly siblings: Siblings
}): Adoption {
  const { time, storage, tab, ledger, siblings } = deps

  async function adopt(record: SessionRecord, waitsMs = ASK_AGAIN_AFTER_MS): Promise<boolean> {
    const { session, sealed } = record
    const used = record.generation - 1
    const tokens = sealed ? await storage.open(sealed).catch(() => null) : null
    // A script of the page may have written the record.
    if (tokens && typeof (tokens.accessToken ?? '') === 'string') tab.hold(record, tokens)
    for (const ms of siblings.isAlone ? [] : waitsMs) {
      if (tab.heldPast(session, used)) break
      siblings.ask(session, used)
      await within(time, ms, (over) => tab.whenPast(session, used, over), null)
    }
    return tab.heldPast(session, used) !== undefined
  }

  async function receive(handoff: Handoff): Promise<void> {
    const { session, generation } = handoff
    if (tab.heldPast(session, generation - 1)) return
    const record = await ledger.read()
    if (record?.session !== session || record.generation !== generation) return
    ledger.show(record, handoff)
  }

  return { adopt, receive }
}
