import type { Move } from '../moves.ts'
import { REQUEST_MS, type Actor, type World } from '../world.ts'
import { at, awake } from './session.ts'

const MOST_TABS = 4

type LackingApi = 'channel' | 'locks'

/** One of the tabs that stand still. */
function still(world: World, pick: number): Actor | undefined {
  return at(
    world.open.filter(({ tab }) => !tab.isRunning),
    pick,
  )
}

/** A move that needs a tab. */
function happensTo(
  who: (world: World, pick: number) => Actor | undefined,
  what: (actor: Actor, world: World, much: number) => string,
): Move['run'] {
  return (world, pick, much) => {
    const actor = who(world, pick)
    return actor && `${actor.name} ${what(actor, world, much)}`
  }
}

/** A tab that is there, running or not, with a session or without. */
function any(world: World, pick: number): Actor | undefined {
  return at(world.open, pick)
}

/** What happens to pages. */
export const pageMoves = {
  open: {
    weight: 3,
    isCalm: true,
    run(world) {
      if (world.open.length >= MOST_TABS) return undefined
      return `${world.openTab().name} is opened`
    },
  },
  'open where something is missing': {
    weight: 1,
    run(world, _, much) {
      if (world.open.length >= MOST_TABS) return undefined
      const { faults } = world.browser
      const missing = [['channel'], ['locks'], ['channel', 'locks']][much % 3] as LackingApi[]
      const before = { ...faults }
      for (const api of missing) {
        world.suffer(api)
        faults[api] = 'missing'
      }
      const { name } = world.openTab()
      Object.assign(faults, before)
      return `${name} is opened without ${missing.join(' and ')}`
    },
  },
  'hide or show': {
    weight: 2,
    isCalm: true,
    run: happensTo(awake, ({ tab }) => {
      tab.setVisible(!tab.isVisible)
      return tab.isVisible ? 'is shown' : 'is hidden'
    }),
  },
  online: {
    weight: 1,
    isCalm: true,
    run: happensTo(awake, ({ tab }) => {
      tab.tell('online')
      return 'hears that the network is back'
    }),
  },
  close: {
    weight: 2,
    trouble: 'pages',
    run: happensTo(awake, ({ tab }) => {
      tab.close()
      return 'is closed'
    }),
  },
  'save and close': {
    weight: 1,
    trouble: 'pages',
    run: happensTo(awake, (actor, world) => {
      const { tab } = actor
      const { record, now } = world
      const { status, claims, accessExpiresAt, endsAt } = tab.session.state
      // The tab knows what the record says, and no limit of it is reached.
      const isGood =
        status === 'logged-in' &&
        record?.status === 'logged-in' &&
        record.sid === claims?.['sid'] &&
        (accessExpiresAt ?? Infinity) > now + 6_000 &&
        (endsAt ?? Infinity) > now + 6_000
      const sentTo = (): number => world.browser.network.sentTo('/api/draft').length
      const before = sentTo()
      if (world.troubles.has('record') || !isGood || !world.kind.isInstant) {
        tab.close()
        return 'is closed'
      }
      tab.tell('left')
      const call = world.track(actor, 'save', REQUEST_MS, ({ id }) =>
        tab.session.authFetch('/api/draft', {
          method: 'POST',
          keepalive: true,
          body: 'draft',
          headers: { 'x-call': String(id) },
        }),
      )
      call.isLost = sentTo() === before
      tab.crash()
      return `saves as it is closed (call ${call.id})`
    }),
  },
  crash: {
    weight: 2,
    trouble: 'pages',
    run: happensTo(any, ({ tab }) => {
      tab.crash()
      return 'crashes'
    }),
  },
  reload: {
    weight: 3,
    trouble: 'pages',
    run: happensTo(awake, ({ tab }, world) => {
      tab.close()
      return `is reloaded, and is ${world.openTab().name} now`
    }),
  },
  freeze: {
    weight: 2,
    trouble: 'pages',
    run: happensTo(awake, ({ tab }) => {
      tab.freeze()
      return 'is frozen'
    }),
  },
  'enter the back/forward cache': {
    weight: 2,
    trouble: 'pages',
    run: happensTo(awake, ({ tab }) => {
      tab.cache()
      return 'goes into the back/forward cache'
    }),
  },
  'thaw or return': {
    weight: 4,
    trouble: 'pages',
    run: happensTo(still, (actor, { browser: { clock } }) => {
      actor.runsSince = clock.uptime()
      actor.tab.thaw()
      return 'runs again'
    }),
  },
  dispose: {
    weight: 1,
    trouble: 'pages',
    run: happensTo(awake, (actor) => {
      actor.isDisposed = true
      actor.tab.session.dispose()
      return 'disposes of its session'
    }),
  },
} satisfies Record<string, Move>
