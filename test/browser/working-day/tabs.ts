import type { Random } from '../../../src/testing/random.ts'
import type { Backend } from '../support/backend.ts'
import type { Context, Tab } from '../engines/tab.ts'
import type { Mode } from '../support/fixture-page.ts'
import { until } from '../../support/patience.ts'

/** One of the tabs, and where its page is. */
export interface Member {
  readonly name: string
  readonly tab: Tab
  place: 'open' | 'frozen' | 'cached'
  /** Aborted when the page is left: what it was asked for may never be answered, and nobody says so. */
  stay: AbortController
}

/** The tabs of the day, of which the user looks at one. Whatever is done to one of them is over when it returns. */
export interface Tabs {
  /** All that are there, the oldest first. */
  readonly members: readonly Member[]
  /** How many pages were loaded, and how often the clock has moved: what may take a renewal before its time. */
  readonly loads: number
  readonly clockMoves: number
  /** Any one of those that fit. */
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
  /** Moves the clock of the computer: what all tabs see, those included that stand still, and those that are yet to come. */
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

  /** A page that has come back where nobody is looked at is what the user looks at. */
  async function isBack(member: Member): Promise<void> {
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
      // Before the fixture is there, which is to see no other time than all the others.
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
      // Not `tab.goBack`: the browser may have thrown the page out of the cache, and loads it again.
      await member.tab.page.back()
      await isBack(member)
      if (!(await isFromCache(member))) loads++
    },
    async freeze(member) {
      await member.tab.freeze()
      member.place = 'frozen'
    },
    async thaw(member) {
      await member.tab.thaw()
      await isBack(member)
    },
    async moveClock(ms) {
      aheadMs += ms
      clockMoves++
      await Promise.all(members.map(setClock))
    },
  }
}

function isFromCache({ tab }: Member): Promise<boolean> {
  return tab.page.evaluate(() => window.moments.at(-1) === 'pageshow from cache')
}
