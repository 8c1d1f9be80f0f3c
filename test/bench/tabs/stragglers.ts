/**
 * Straggling 401s: six requests leave with a token that the API no longer accepts, and are refused one after the other
 * over half a second. The first refusal needs a refresh. Another refresh for a later one wastes a rotation, and loses
 * the session if the server is strict. From one tab, and from two tabs that send three each.
 */
import { spread } from '../support/figures.ts'
import { failures, volley } from '../support/volley.ts'
import { API, closeAll, openLatchkey } from './setting.ts'
import type { Mode, Setting } from './setting.ts'

export const HEAD = ['six 401s over 500 ms', 'refreshes', 'failed requests']

/** When the six are refused. */
export const REFUSED_AFTER_MS = [0, 100, 200, 300, 400, 500]

export async function stragglers(setting: Setting, mode: Mode, tabs: 1 | 2): Promise<string[]> {
  const { server, runs } = setting
  const kept = await openLatchkey(setting, mode, tabs)
  const paths = REFUSED_AFTER_MS.filter((_, each) => each % tabs === 0).map(
    (ms) => `${API}?refuseAfterMs=${ms}`,
  )
  const refreshes: number[] = []
  let failed = 0
  for (let run = 0; run < runs; run++) {
    server.expireAccessTokens()
    server.begin()
    failed += failures((await volley(kept, paths)).outcomes)
    refreshes.push(server.tally().refreshes)
  }
  await closeAll(kept)
  return [`${tabs} ${tabs === 1 ? 'tab' : 'tabs'}, ${mode}`, spread(refreshes, 0), String(failed)]
}
