import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SessionRecord } from '../../../src/core/record.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'
import { settle } from '../../support/settle.ts'
import { createProfile, type Profile } from '../../support/profile.ts'
import type { Leg } from '../../../src/testing/virtual-network.ts'

// What may happen to a browser with one session that nobody steals. `pick` chooses among the tabs, or among the requests
// and answers that are underway.
const STEPS = [
  'open',
  'crash',
  'close',
  'reload',
  'freeze',
  'thaw',
  'request',
  'request',
  'renew',
  'pass',
  'pass',
  'pass',
  'pass late',
  'lose',
  'wait',
  'wait longer',
  'sleep',
  'online',
] as const

interface Step {
  readonly what: (typeof STEPS)[number]
  readonly pick: number
}

const steps = fc.array(fc.record({ what: fc.constantFrom(...STEPS), pick: fc.nat({ max: 11 }) }), {
  minLength: 15,
  maxLength: 45,
})

/** Runs one schedule, and then lets everything come to rest. */
async function run(profile: Profile, schedule: readonly Step[]): Promise<void> {
  const underway: Leg[] = []
  const late: Leg[] = []
  const frozen = new Set<VirtualTab>()
  let tabs = [await profile.signedIn()]
  profile.server.hold('/auth/refresh', (leg) => underway.push(leg))

  for (const { what, pick } of schedule) {
    const tab = tabs[pick % tabs.length]
    const runs = tab !== undefined && !frozen.has(tab)
    /** Takes one request or answer off the network. */
    const take = (): Leg[] => underway.splice(pick % Math.max(underway.length, 1), 1)
    const without = (gone: VirtualTab | undefined): VirtualTab[] =>
      tabs.filter((other) => other !== gone)
    switch (what) {
      case 'open':
        if (tabs.length < 4) tabs.push(profile.browser.openTab())
        break
      case 'crash':
        tab?.crash()
        tabs = without(tab)
        break
      case 'close':
        if (runs) tab.close()
        if (runs) tabs = without(tab)
        break
      case 'reload':
        if (runs) tab.close()
        if (runs) tabs = [...without(tab), profile.browser.openTab()]
        break
      case 'freeze':
        if (runs) tab.freeze()
        if (runs) frozen.add(tab)
        break
      case 'thaw':
        if (tab && !runs) tab.thaw()
        if (tab) frozen.delete(tab)
        break
      case 'request':
        if (runs) void tab.session.authFetch('/api/me').catch(() => undefined)
        break
      case 'renew':
        if (runs) void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
        break
      case 'pass':
        for (const leg of take()) leg.pass()
        break
      case 'pass late':
        // An answer that is still on its way when everything else is long over.
        late.push(...take())
        break
      case 'lose':
        for (const leg of take()) leg.lose()
        break
      case 'wait':
        await profile.clock.advance(300 + 100 * pick)
        break
      case 'wait longer':
        await profile.clock.advance(11_000)
        break
      case 'sleep':
        profile.clock.sleep(3_600_000)
        break
      case 'online':
        if (runs) tab.tell('online')
        break
    }
    await settle()
    expect(profile.server.refreshes.map(({ row }) => row)).not.toContain('S7')
  }

  profile.server.hold('/auth/refresh', null)
  for (const tab of frozen) if (tabs.includes(tab)) tab.thaw()
  for (const leg of [...underway, ...late]) {
    leg.pass()
    await settle()
  }
  if (tabs.length === 0) tabs.push(profile.browser.openTab())
  // Longer than any back-off, any lock and any look; then once more past the life of whatever token is held.
  await profile.clock.advance(120_000)
  for (let time = 0; time < 2; time++) {
    for (const tab of tabs) {
      const answer = await profile.during(35_000, tab.session.authFetch('/api/me'))
      expect(answer.status).toBe(200)
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
    }
    profile.clock.sleep(700_000)
  }
}

/** No generation was ever made twice: whoever wrote it drew the one key of the next. */
function expectOneKeyPerGeneration(written: readonly unknown[]): void {
  const keys = new Map<string, string>()
  for (const record of written as readonly SessionRecord[]) {
    const generation = `${record.session} ${String(record.generation)}`
    expect(keys.get(generation) ?? record.key).toBe(record.key)
    keys.set(generation, record.key)
  }
}

test.each(['cookie', 'body'] as const)(
  'no schedule of tabs, sleep and lost or late answers loses the session, %s mode',
  { timeout: 60_000 },
  async (mode) => {
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom('ok', 'rejects'),
      async (schedule, locks) => {
        const profile = createProfile({ mode, maxWaitMs: 30_000 })
        profile.browser.faults.locks = locks
        await run(profile, schedule)
        expect(profile.server.isAlive('s1')).toBe(true)
        expect(profile.server.refreshes.filter(({ row }) => row === 'S7')).toEqual([])
        expectOneKeyPerGeneration(profile.browser.written)
      },
    )
    await fc.assert(property, { numRuns: 100, seed: 20261122 })
  },
)
