import type { Dispose } from '../ports.ts'
import { hasPage } from './page.ts'

/**
 * Has the browser ask the user before the page is closed or left, until the result is called. Without a page it does nothing.
 * While the listener is there, Firefox keeps the page out of its back/forward cache.
 */
export function holdPage(): Dispose {
  if (!hasPage()) return () => undefined
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
  window.addEventListener('beforeunload', ask)
  return () => window.removeEventListener('beforeunload', ask)
}
