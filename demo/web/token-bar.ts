import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { createLifetimeBar } from './lifetime-bar.ts'

/** latchkey renews this long before expiry, or a fifth of the lifetime if that is less. */
const LEAD_MS = 60_000

/** Shows how much of the access token's life is left: drains, and refills at each renewal. */
export function showTokenBar(session: DemoSession): void {
  const show = createLifetimeBar('token')
  const renewals = find('token-renewals', HTMLParagraphElement)
  const counts = { 'this-tab': 0, 'other-tab': 0 }
  let expiresAt: number | null = null
  let lifetimeMs = 1

  function update(): void {
    const { claims, ...state } = session.state
    // The session may have a newer token that this tab has not received yet.
    const accessExpiresAt = claims && state.accessExpiresAt
    if (accessExpiresAt !== expiresAt) {
      expiresAt = accessExpiresAt
      // What was left when this tab first saw the token, which may be late. A JWT counts whole seconds, rounded.
      const { exp = 0, iat = 0 } = claims ?? {}
      lifetimeMs = Math.max(1, (expiresAt ?? 0) - Date.now(), (exp - iat - 1) * 1000)
    }
    show({ endsAt: expiresAt, lifetimeMs, leadMs: Math.min(LEAD_MS, lifetimeMs / 5) })
  }

  session.on('refreshed', ({ by }) => {
    counts[by]++
    renewals.textContent =
      `Renewed ${counts['this-tab'] + counts['other-tab']}× since this page was opened: ` +
      `${counts['this-tab']}× by this tab, ${counts['other-tab']}× by others.`
  })
  session.subscribe(update)
  update()
}
