import { table } from '../bench/support/figures.ts'
import { machine } from '../bench/support/machine.ts'
import type { Work } from '../browser/support/oidc/page.ts'
import type { OidcServer, RefreshTally } from '../support/oidc/oidc-server.ts'

/** The results of a soak: the whole of it, and what killed tabs have cost (O1 in docs/protocol.md). */
export interface Books {
  add(work: Work): void
  /**
   * A tab was killed when the provider's tally was `before`: before its request was read, or after its answer was made
   * and lost.
   */
  killed(isLost: boolean, before: RefreshTally, meanwhile: Work): void
  readonly total: Readonly<Total>
}

interface Total {
  readonly refreshes: RefreshTally
  readonly answered: number
  readonly failed: readonly string[]
  readonly ended: number
  readonly kills: { readonly harmless: number; readonly costly: number }
  /** What costly kills excuse. */
  readonly excepted: { readonly reuses: number; readonly ended: number; readonly failed: number }
}

/** Starts the count. */
export function createBooks(provider: OidcServer): Books {
  let work: Work = { answered: 0, failed: [], ended: 0 }
  let kills = { harmless: 0, costly: 0 }
  let excepted = { reuses: 0, ended: 0, failed: 0 }

  function add({ answered, failed, ended }: Work): void {
    work = {
      answered: work.answered + answered,
      failed: [...work.failed, ...failed],
      ended: work.ended + ended,
    }
  }

  return {
    add,
    killed(isLost, before, meanwhile) {
      if (!isLost) {
        kills = { ...kills, harmless: kills.harmless + 1 }
        return add(meanwhile)
      }
      kills = { ...kills, costly: kills.costly + 1 }
      const reuses = provider.refreshes().reuses - before.reuses
      // One of each is excused. Anything beyond that counts as an error.
      excepted = {
        reuses: excepted.reuses + Math.min(reuses, 1),
        ended: excepted.ended + Math.min(meanwhile.ended, 1),
        failed: excepted.failed + meanwhile.failed.length,
      }
      add({ ...meanwhile, failed: [], ended: Math.max(meanwhile.ended - 1, 0) })
    },
    get total() {
      return { ...work, kills, excepted, refreshes: provider.refreshes() }
    },
  }
}

/** What was wanted, and how long it took. */
export interface Soak {
  readonly tabs: number
  readonly lifetimes: number
  readonly ttlS: number
  readonly elapsedMs: number
}

/** Prints the results of a soak, and returns whether all of them are acceptable. */
export function report({ total }: Books, { tabs, lifetimes, ttlS, elapsedMs }: Soak): boolean {
  const { refreshes, excepted, kills } = total
  // A lifetime is counted in whole seconds, and may be almost one second shorter than it says.
  const mostRefreshes = Math.ceil(elapsedMs / ((ttlS - 1) * 1_000)) + 1
  const any = Infinity
  const rows: readonly (readonly [what: string, seen: number, most: number])[] = [
    ['refreshes', refreshes.made, mostRefreshes],
    ['lifetimes that were wanted and not reached', Math.max(0, lifetimes - refreshes.made), 0],
    ['spent tokens shown', refreshes.reuses - excepted.reuses, 0],
    ['refreshes refused otherwise', refreshes.refused, 0],
    ['requests answered with 200', total.answered, any],
    ['requests failed', total.failed.length, 0],
    ['sessions lost', total.ended, 0],
    ['tabs killed before the provider had read their refresh', kills.harmless, any],
    ['tabs killed with the answer to it (O1)', kills.costly, any],
    ['of these: spent tokens shown', excepted.reuses, any],
    ['of these: sessions lost', excepted.ended, any],
    ['of these: requests failed', excepted.failed, any],
  ]
  const seconds = Math.round(elapsedMs / 1_000)
  process.stdout.write(
    `${tabs} tabs, ${ttlS} s of lifetime, ${seconds} s in all; ${machine()}\n\n` +
      `${table(
        ['what', 'count'],
        rows.map(([what, seen]) => [what, String(seen)]),
      )}\n`,
  )
  for (const outcome of new Set(total.failed))
    process.stdout.write(
      `failed with ${outcome}: ${total.failed.filter((one) => one === outcome).length}\n`,
    )
  return rows.every(([, seen, most]) => seen <= most)
}
