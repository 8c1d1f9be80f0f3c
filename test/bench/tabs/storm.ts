/**
 * The storm: all tokens have expired, and all tabs send a request at the same moment.
 *
 * Its floor, for N tabs: one refresh by plain fetch, then N tabs that each send one plain fetch at the same moment. The
 * two are measured one after the other and added. So the floor contains everything that the same work costs without a
 * session library (N renderers waking on this machine's cores, six connections to a host, the server's own queue), and
 * nothing that the library adds: no lock, no record, and no message by which a tab would learn that the token has come.
 * It cannot be reached, only approached. Floor and storm take turns, so that other work of the machine affects both;
 * the ratio is that of each storm to the floor just before it.
 */
import { failures, volley } from '../support/volley.ts'
import type { Tab } from '../../browser/engines/tab.ts'
import { spread } from '../support/figures.ts'
import { API, closeAll, hideAll, LIFETIME_MS, openBare, openLatchkey } from './setting.ts'
import type { Mode, Setting } from './setting.ts'

export const HEAD = [
  'storm',
  'floor ms',
  'latchkey ms',
  'ratio to floor',
  'refreshes a storm',
  'failed',
]

/** One row of the table: `tabs` tabs, latchkey in this mode. */
export async function storm(setting: Setting, mode: Mode, tabs: number): Promise<string[]> {
  const { server, runs } = setting
  const bare = await openBare(setting, tabs)
  const kept = await openLatchkey(setting, mode, tabs)
  const front = await hideAll(setting, [...bare, ...kept])

  const floorMs: number[] = []
  const keptMs: number[] = []
  const refreshes: number[] = []
  let failed = 0
  // The first of each is not counted: code is compiled and connections are opened.
  for (let run = 0; run <= runs; run++) {
    const floor = await bareStorm(setting, bare)
    server.expireAccessTokens()
    server.begin()
    const { ms, outcomes } = await volley(kept, [API], LIFETIME_MS)
    if (run === 0) continue
    floorMs.push(floor)
    keptMs.push(ms)
    refreshes.push(server.tally().refreshes)
    failed += failures(outcomes)
  }
  await closeAll([...bare, ...kept, front])

  const ratios = keptMs.map((ms, run) => ms / (floorMs[run] ?? NaN))
  return [
    `${tabs} ${tabs === 1 ? 'tab' : 'tabs'}, ${mode}`,
    spread(floorMs),
    spread(keptMs),
    spread(ratios, 3),
    spread(refreshes, 0),
    String(failed),
  ]
}

async function bareStorm({ server }: Setting, tabs: readonly Tab[]): Promise<number> {
  server.expireAccessTokens()
  const refreshMs = (await tabs[0]?.page.evaluate(() => window.bare.refresh())) ?? NaN
  const { ms, outcomes } = await volley(tabs, [API])
  if (failures(outcomes) > 0) throw new Error(`The floor gave way: ${outcomes.join(', ')}`)
  return refreshMs + ms
}
