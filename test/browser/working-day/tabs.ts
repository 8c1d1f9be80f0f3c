import type { Random } from '../../../src/testing/random.ts'
import type { Backend } from '../support/backend.ts'
import type { Context, Tab } from '../engines/tab.ts'
import type { Mode } from '../support/fixture-page.ts'
import { until } from '../../support/patience.ts'

/** One of the tabs, and whether its page is open, frozen or in the back/forward cache. */
export interface Member {
  readonly name: string
  readonly tab: Tab
  place: 'open' | 'frozen' | 'cached'
  /** Aborted when the page is left: what the driver has asked of the page may stay without an answer. */
  stay: AbortController
}

/** The tabs of the day, of which one is in front. Each method resolves when the browser has done it. */
export interface Tabs {
  /** All tabs, the oldest first. */
  readonly members: readonly Member[]
  /** How many pages were loaded, and how often the clock has moved. Each may cause a renewal before its time. */
  readonly loads: number
  readonly clockMoves: number
  /** A random one of the tabs that fit. */
  choose(fits: (member: Member) => boolean): Member | undefined
  isInFront(member: Member): boolean
  open(): Promise<Member>
  close(member: Member, how: 'close' | 'crash'): Promise<void>
  show(member: Member): Promise<void>
  reload(member: Member): Promise<void>
  /** Goes to another page, and leaves the fixture in the back/forward cache. */
  leave(member: Member): Promise<void>
  goBack(member: Member): Promise<void>
  freeze(member: Member): Promise<void>
  thaw(member: Member): Promise<void>
  /** Moves the clock of the computer: for all tabs, those that are frozen or cached, and those that open later. */
  moveClock(ms: number): Promise<void>
}

/** Starts without any tab. */
export function createTabs(deps: {
  readonly backend: Backend
  readonly browser: Context
  readonly mode: Mode
  readonly random: Random
}): Tabs {
  const { backend, browser, mode, random } = deps
  const members: Member[] = []
  let front: Member | null = null
  let aheadMs = 0
  let opened = 0
  let loads = 0
  let clockMoves = 0

  async function show(member: Member): Promise<void> {
    await member.tab.page.bringToFront()
    front = member
  }

  /** Waits until the page has come back. If no tab is in front, it is from now on. */
  async function waitUntilBack(member: Member): Promise<void> {
    member.place = 'open'
    await until(`the fixture is back in ${member.name}`, () =>
      member.tab.page.evaluate(() => 'fixture' in window),
    )
    if (front === null) await show(member)
  }

  function endStay(member: Member): void {
    member.stay.abort()
    member.stay = new AbortController()
  }

  function setClock({ tab }: Member): Promise<void> {
    return tab.page.evaluate((ms) => sessionStorage.setItem('aheadMs', String(ms)), aheadMs)
  }

  return {
    members,
    get loads() {
      return loads
    },
    get clockMoves() {
      return clockMoves
    },
    choose(fits) {
      const chance = random()
      const fitting = members.filter(fits)
      return fitting[Math.floor(chance * fitting.length)]
    },
    isInFront: (member) => member === front,
    async open() {
      const name = `tab ${++opened}`
      const tab = await browser.open(backend.elsewhere)
      const member: Member = { name, tab, place: 'open', stay: new AbortController() }
      // Before the fixture loads, so that it never sees another time than the other tabs.
      await setClock(member)
      await tab.page.goto(backend.page({ tab: name, mode }))
      loads++
      members.push(member)
      front = member
      return member
    },
    async close(member, how) {
      endStay(member)
      await member.tab[how]()
      members.splice(members.indexOf(member), 1)
      if (front !== member) return
      front = null
      const next = members.find(({ place }) => place === 'open')
      if (next) await show(next)
    },
    show,
    async reload(member) {
      endStay(member)
      await member.tab.page.reload()
      loads++
    },
    async leave(member) {
      endStay(member)
      await member.tab.leaveFor(backend.elsewhere)
      member.place = 'cached'
    },
    async goBack(member) {
      // Not `tab.goBack`: the browser may have removed the page from the cache, and then loads it again.
      await member.tab.page.back()
      await waitUntilBack(member)
      if (!(await isFromCache(member))) loads++
    },
    async freeze(member) {
      await member.tab.freeze()
      member.place = 'frozen'
    },
    async thaw(member) {
      await member.tab.thaw()
      await waitUntilBack(member)
    },
    async moveClock(ms) {
      aheadMs += ms
      clockMoves++
      await Promise.all(members.map(setClock))
    },
  }
}

function isFromCache({ tab }: Member): Promise<boolean> {
  return tab.page.evaluate(() => window.pageEvents.at(-1) === 'pageshow from cache')
}
