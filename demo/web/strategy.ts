import type { DemoSession } from './demo-session.ts'
import { find, onClick } from './dom.ts'
import { strategy, type Strategy } from './mode.ts'

const TOLD: Readonly<Partial<Record<Strategy, string>>> = {
  sliding:
    'This server slides: past half of its life, an answer to any call replaces the token, in all tabs. Without calls it runs out.',
  renew:
    'This server gives one token, for days. It is renewed with itself: by Renew now, every hour, and when a page opens later than that.',
  soft: 'This server has tokens renewed at half of their life: the API then answers EXPIRED_TOKEN, and past the end INVALID_TOKEN.',
  pair: 'This server renews for a pair alone: the refresh token, and the access token that came with it.',
  anonymous: 'This page wants no account: it asked for a token as it opened, once for all tabs.',
}

/** Says how the session is kept if that is unusual, and hides what needs an account from a user without one. */
export function showStrategy(session: DemoSession): void {
  const told = TOLD[strategy]
  const notice = find('strategy', HTMLParagraphElement)
  notice.textContent = told ?? ''
  notice.hidden = told === undefined
  if (strategy === 'rotating' || strategy === 'soft') return
  for (const hint of document.querySelectorAll('p[data-mode]')) hint.remove()
  if (strategy !== 'anonymous') return

  for (const part of ['sign-in', 'register-hint', 'register']) find(part, HTMLElement).hidden = true
  for (const part of ['limits', 'notes', 'devices']) {
    const section = document.querySelector<HTMLElement>(`[aria-labelledby=${part}-title]`)
    // Without `data-when`, the next state of the session does not show it again.
    section?.removeAttribute('data-when')
    section?.toggleAttribute('hidden', true)
  }
  find('sign-in-title', HTMLElement).textContent = 'Nobody is here'
  const visit = find('visit', HTMLButtonElement)
  visit.hidden = false
  onClick(visit, () => session.login())
}
