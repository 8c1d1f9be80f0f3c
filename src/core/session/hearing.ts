import type { Dispose } from '../../ports.ts'
import type { Transport } from '../../transport.ts'
import type { Adoption } from '../refresh/adoption.ts'
import { isAhead } from '../record/further-on.ts'
import { withoutTokens, type SessionRecord } from '../record/record.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Look } from './look.ts'
import type { Tab } from './tab.ts'

/** Hears the other tabs from now on: their messages, and what they write to the mirror. */
export function hearSiblings(deps: {
  readonly tab: Tab
  readonly shared: Pick<SharedRecord, 'peek' | 'watch'>
  readonly ledger: Ledger
  readonly siblings: Siblings
  readonly adoption: Adoption
  readonly look: Look
  readonly transport: Pick<Transport, 'answerTokens'>
}): Dispose {
  const { tab, shared, ledger, siblings, adoption, look, transport } = deps
  /** The news that came during a look: that look may have missed any of it, and the latest may be of an older record. */
  let news: (SessionRecord | null)[] = []
  let isLooking = false
  /** The `session` of the ended record in the mirror that this tab has completed last. */
  let completed: string | undefined

  /** Looks at the record, unless this tab knows what it is `told` already: each change is told twice, by message and mirror. */
  async function hear(told: SessionRecord | null): Promise<void> {
    news.push(told)
    if (isLooking) return
    isLooking = true
    while (news.length > 0) {
      const isKnown = news.every(isKnownAlready)
      news = []
      if (!isKnown) await look()
    }
    isLooking = false
    // Where each answer may bring a token, the newest is worth having before the old one ages.
    if (transport.answerTokens && tab.record) await adoption.adopt(tab.record, [])
  }

  function isKnownAlready(told: SessionRecord | null): boolean {
    return told !== null && tab.record !== null && textOf(told) === textOf(tab.record)
  }

  siblings.listen({
    onHint: (told) => void hear(told),
    onOver(record) {
      if (isAhead(record, tab.record)) ledger.show(record)
    },
    onHandoff: (handoff) => void adoption.receive(handoff),
  })
  return shared.watch(() => {
    const told = shared.peek()
    // A sign-out is mirrored before it is committed, and its page may be gone: a look completes it (G2).
    const mustComplete = told?.tombstone && told.session !== completed
    if (mustComplete) completed = told.session
    void hear(mustComplete ? null : told)
  })
}

function textOf(record: SessionRecord): string {
  return JSON.stringify(withoutTokens(record))
}
