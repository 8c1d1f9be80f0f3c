/** How long a session lasts, in seconds, as chosen on the page before it begins. */
export interface Limits {
  /** Without activity in any tab; 0 for no idle limit. */
  readonly idleS: number
  /** How long before the end the user is warned: 20 at least (WCAG 2.2.1). */
  readonly warnS: number
  /** From sign-in on, whatever happens. */
  readonly sessionS: number
}

const KEY = 'demo-limits'
const SHORT: Limits = { idleS: 60, warnS: 20, sessionS: 900 }

/** The limits of the sessions that this page opens, the same in all tabs. */
export const limits: Limits = {
  ...SHORT,
  ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Limits>),
}

/** Chooses other limits, for pages that are loaded from now on. */
export function chooseLimits(chosen: Limits): void {
  localStorage.setItem(KEY, JSON.stringify(chosen))
}

/** Calls `listener` when another tab has chosen other limits. */
export function onLimitsChosen(listener: () => void): void {
  addEventListener('storage', ({ key }) => key === KEY && listener())
}

/** Says which of the chosen limits do not fit together; `''` if all do. */
export function problemOf({ idleS, warnS, sessionS }: Limits): string {
  if (idleS !== 0 && idleS <= warnS) return 'The idle limit has to be longer than the warning.'
  if (sessionS <= warnS) return 'The session has to last longer than the warning.'
  return ''
}
