import type { Clock } from '../../ports.ts'
import type { TokenStorage } from '../../tokens.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import { sleep } from '../time/sleep.ts'
import type { Tab } from '../session/tab.ts'

const ASK_AGAIN_AFTER_MS = [300, 700]

/** Gets hold of tokens that another tab has fetched. */
export interface Adoption {
  /** Takes the tokens of `record` out of it, or else asks the siblings, for up to `waitsMs` in all. Whether this tab now holds them. */
  adopt(record: SessionRecord, waitsMs?: readonly number[]): Promise<boolean>
  /** Takes a handoff, if the record bears it out. */
  receive(session: string, generation: number, accessToken: string | null): Promise<void>
}

/** Creates the adoption of one tab (H1). */
export function createAdoption(deps: {
  readonly clock: Clock
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
}): Adoption {
  const { clock, storage, tab, shared, siblings } = deps

  async function adopt(record: SessionRecord, waitsMs = ASK_AGAIN_AFTER_MS): Promise<boolean> {
    const tokens = record.sealed ? await storage.open(record.sealed).catch(() => null) : null
    if (tokens) tab.hold(record, tokens)
    for (const ms of siblings.isAlone ? [] : waitsMs) {
      if (tab.holds(record)) break
      siblings.ask(record.session, record.generation - 1)
      const done = new AbortController()
      await Promise.race([
        sleep(clock, ms, done.signal),
        tab.whenPast(record.session, record.generation - 1, done.signal),
      ])
      done.abort()
    }
    return tab.holds(record)
  }

  async function receive(
    session: string,
    generation: number,
    accessToken: string | null,
  ): Promise<void> {
    const { held } = tab
    if (held?.session === session && held.generation >= generation) return
    const record = await shared.look()
    if (record?.session !== session || record.generation !== generation) return
    tab.observe(record, 'other-tab', { accessToken })
  }

  return { adopt, receive }
}
