import type { Transport } from '../../transport.ts'
import type { Adoption } from '../refresh/adoption.ts'
import { isAhead } from '../record/further-on.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Look } from './look.ts'
import type { Tab } from './tab.ts'

/** Hears the other tabs from now on. */
export function hearSiblings(deps: {
  readonly tab: Tab
  readonly ledger: Ledger
  readonly siblings: Siblings
  readonly adoption: Adoption
  readonly look: Look
  readonly transport: Pick<Transport, 'answerTokens'>
}): void {
  const { tab, ledger, siblings, adoption, look, transport } = deps

  async function hear(): Promise<void> {
    await look()
    // Where each answer may bring a token, the newest is worth having before the old one ages.
    if (transport.answerTokens && tab.record) await adoption.adopt(tab.record, [])
  }

  siblings.listen({
    onHint: () => void hear(),
    onOver(record) {
      if (isAhead(record, tab.record)) ledger.show(record)
    },
    onHandoff: (handoff) => void adoption.receive(handoff),
  })
}
