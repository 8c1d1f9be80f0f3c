import type { Random } from '../../../src/testing/random.ts'
import type { Backend, Trouble } from '../support/backend.ts'
import type { Calls } from './calls.ts'
import type { Network } from './network.ts'
import type { Member, Tabs } from './tabs.ts'

const MOST_TABS = 6
const TROUBLES: readonly Trouble[] = ['requests lost', 'answers lost', 'busy']

/** Everything that a move can use or change. */
export interface Scene {
  readonly random: Random
  readonly backend: Backend
  readonly tabs: Tabs
  readonly network: Network
  readonly calls: Calls
  /** Runs before a tab is closed or crashes. */
  readonly beforeEnd: (member: Member) => Promise<void>
}

/** Something that happens in the course of a day. Resolves to a description, or to `null` if it cannot happen now. */
type Move = (scene: Scene) => string | null | Promise<string | null>

const isOpen = ({ place }: Member): boolean => place === 'open'
const isFrozen = ({ place }: Member): boolean => place === 'frozen'
const isCached = ({ place }: Member): boolean => place === 'cached'

/** The moves, and how likely each is in relation to the others. */
const MOVES: readonly (readonly [odds: number, move: Move])[] = [
  [30, call],
  [8, withOne(isOpen, 'shows', ({ tabs }, member) => tabs.show(member))],
  [8, open],
  [4, end('close')],
  [1, end('crash')],
  [8, withOne(isOpen, 'reloads', ({ tabs }, member) => tabs.reload(member))],
  [6, withOne(isOpen, 'leaves', ({ tabs }, member) => tabs.leave(member))],
  [8, withOne(isCached, 'goes back to', ({ tabs }, member) => tabs.goBack(member))],
  [6, freeze],
  [8, withOne(isFrozen, 'thaws', ({ tabs }, member) => tabs.thaw(member))],
  [3, fail],
  [15, recover],
  [1, goOffline],
  [3, slowDown],
  [2, moveClock],
]

/** Makes a random move. */
export async function makeMove(scene: Scene): Promise<string | null> {
  const all = MOVES.reduce((sum, [odds]) => sum + odds, 0)
  let left = scene.random() * all
  for (const [odds, move] of MOVES) {
    left -= odds
    if (left < 0) return await move(scene)
  }
  return null
}

function withOne(
  fits: (member: Member) => boolean,
  does: string,
  work: (scene: Scene, member: Member) => Promise<void>,
): Move {
  return async (scene) => {
    const member = scene.tabs.choose(fits)
    if (!member) return null
    await work(scene, member)
    return `${does} ${member.name}`
  }
}

function call({ random, tabs, calls }: Scene): string | null {
  const count = 1 + Math.floor(random() * 4)
  const member = tabs.choose(isOpen)
  if (!member) return null
  calls.begin(member, count)
  return `${count} calls from ${member.name}`
}

async function open({ tabs }: Scene): Promise<string | null> {
  if (tabs.members.length >= MOST_TABS) return null
  const { name } = await tabs.open()
  return `opens ${name}`
}

function end(how: 'close' | 'crash'): Move {
  return async ({ tabs, beforeEnd }) => {
    const member = tabs.choose(isOpen)
    if (!member || tabs.members.length === 1) return null
    await beforeEnd(member)
    await tabs.close(member, how)
    return `${how}: ${member.name}`
  }
}

async function freeze({ tabs }: Scene): Promise<string | null> {
  const member = tabs.choose((member) => isOpen(member) && !tabs.isInFront(member))
  if (!member) return null
  await tabs.freeze(member)
  return `freezes ${member.name}`
}

function fail({ random, network }: Scene): string {
  const trouble = TROUBLES[Math.floor(random() * TROUBLES.length)] ?? 'busy'
  network.fail(trouble)
  return trouble
}

function recover({ network }: Scene): string | null {
  if (!network.isDown) return null
  network.recover()
  return 'the network is back'
}

async function goOffline({ random, tabs, network }: Scene): Promise<string | null> {
  const ms = 500 + Math.round(random() * 2_500)
  if (network.isDown) return null
  await network.goOffline(tabs.members.filter(isOpen), ms)
  return `offline for ${ms} ms`
}

function slowDown({ random, backend }: Scene): string {
  const ms = Math.round(random() * 1_500)
  backend.delayAnswers('/auth/refresh', ms)
  return `renewals take ${ms} ms`
}

/** Moves the clock back by up to 10 minutes, as when a computer is given the right time, or on by up to 30, as when it sleeps. */
async function moveClock({ random, tabs }: Scene): Promise<string> {
  const minutes = Math.round(random() * 40 - 10)
  await tabs.moveClock(minutes * 60_000)
  return `the clock moves by ${minutes} min`
}
