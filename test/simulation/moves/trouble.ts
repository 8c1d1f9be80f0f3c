import type { Faults } from '../../../src/testing/index.ts'
import type { Move } from '../moves.ts'
import { CHANNELS, FATES } from '../weather.ts'
import type { World } from '../world.ts'
import { at } from './session.ts'
import { sessionOf } from './stream.ts'

const DAY_MS = 86_400_000
const STEPS_MS = [5_000, 3_600_000, 30 * DAY_MS]
const LOCKS: readonly Faults['locks'][] = ['never', 'late', 'null', 'rejects', 'ok']
const WORKERS = ['silent', 'missing', 'other-release', 'ok', 'ok'] as const
const RECORDS: readonly Faults['record'][] = ['rejects', 'hangs', 'full', 'ok', 'ok']

/** Changes a fault: everywhere, or in one tab alone. */
function change<F extends 'locks' | 'record' | 'mirror'>(
  fault: F,
  values: readonly Faults[F][],
): Move['run'] {
  return (world, pick, much) => {
    const value = at(values, much)
    const actor = much > 5 ? at(world.open, pick) : undefined
    if (value === undefined) return undefined
    const faults: Partial<Faults> = actor ? actor.tab.faults : world.browser.faults
    faults[fault] = value
    if (value !== 'ok') world.suffer(fault)
    return `the ${fault} fault is "${value}" now ${actor ? `in ${actor.name}` : 'in all tabs'}`
  }
}

function wipeRecord(world: World): string {
  world.wipedAt = world.browser.written.length
  world.browser.stored.record = undefined
  // Without tokens in it, the mirror has all that the record had.
  const isMirrored = world.browser.stored.mirror !== null && !world.troubles.has('mirror')
  const isSecretLost = world.browser.network.jar.size === 0
  if (!isMirrored || isSecretLost) world.dispute('storage-cleared')
  return 'the browser wipes the record'
}

/** What goes wrong around the session. */
export const troubleMoves = {
  'fate of a refresh': {
    weight: 7,
    trouble: 'answers',
    run(world, pick, much) {
      const fate = at(FATES, pick + 12 * (much % 2)) ?? FATES[0]
      world.weather.foresee(fate)
      return `the next refresh ${fate}`
    },
  },
  'late answer': {
    weight: 3,
    trouble: 'answers',
    run(world, pick) {
      const { late } = world.weather
      const [leg] = late.splice(pick % Math.max(late.length, 1), 1)
      leg?.pass()
      return leg && 'an answer arrives that is late by more than anybody waits'
    },
  },
  'logout fails': {
    weight: 1,
    trouble: 'answers',
    run(world, _, much) {
      const count = 1 + (much % 3)
      world.weather.failLogouts(count)
      return `the server fails at the next ${count} logouts`
    },
  },
  'api refuses': {
    weight: 2,
    trouble: 'answers',
    run(world, pick, much) {
      const bits = 1 + pick + 12 * (much % 2)
      world.weather.refuse(bits)
      return `the API refuses some of the next requests: ${bits.toString(2)}`
    },
  },
  'server ends it': {
    weight: 1,
    trouble: 'answers',
    run(world) {
      const sid = world.open
        .map(({ tab }) => tab.session.state.claims?.['sid'])
        .find((known) => typeof known === 'string')
      if (sid === undefined) return undefined
      world.dispute('verdict')
      world.browser.server.revoke(sid)
      for (const stream of world.stream?.open ?? [])
        if (sessionOf(stream) === sid) stream.send('', { type: 'revoked' })
      return `the server ends ${sid}`
    },
  },
  channel: {
    weight: 2,
    run(world, pick) {
      const how = at(CHANNELS, pick) ?? 'in order'
      if (how !== 'in order') world.suffer('channel')
      world.weather.setChannel(how)
      return `messages travel ${how}`
    },
  },
  locks: { weight: 3, run: change('locks', LOCKS) },
  record: { weight: 3, run: change('record', RECORDS) },
  mirror: { weight: 1, run: change('mirror', ['refused', 'ok']) },
  'wipe the record': { weight: 1, trouble: 'wiped', run: wipeRecord },
  'clear site data': {
    weight: 1,
    trouble: 'wiped',
    async run(world) {
      // Epochs go by milliseconds, and nobody clears anything within that of a login.
      await world.wait(1)
      world.dispute('storage-cleared')
      world.wipedAt = world.browser.written.length
      world.browser.clearSiteData()
      return 'the user clears the data of the site'
    },
  },
  // Only in stories that have a worker, in which it gives pages the time to leave before the answer.
  network: {
    weight: 0,
    run({ weather }, pick) {
      weather.setSlow(pick > 2)
      return `the network is ${pick > 2 ? 'slow' : 'quick'}`
    },
  },
  'kill the worker': {
    weight: 0,
    trouble: 'worker',
    run({ worker }) {
      if (!worker || worker.isGone) return undefined
      worker.kill()
      return 'the process of the worker crashes'
    },
  },
  'worker fails': {
    weight: 0,
    trouble: 'worker',
    run({ worker }, pick) {
      const state = at(WORKERS, pick)
      if (!worker || !state || worker.state === state) return undefined
      worker.state = state
      return `the worker is "${state}" now`
    },
  },
  sleep: {
    weight: 2,
    trouble: 'clock',
    run(world, _, much) {
      const ms = [60_000, 700_000, 3_600_000, 8 * 3_600_000][much % 4] ?? 0
      world.noteTime(ms)
      world.browser.clock.sleep(ms)
      return `the computer sleeps for ${ms / 60_000} minutes`
    },
  },
  'set the clock forward': {
    weight: 1,
    trouble: 'clock',
    run(world, _, much) {
      const ms = at(STEPS_MS, much) ?? 0
      world.browser.clock.step(ms)
      world.noteTime(ms)
      return `the clock is set forward by ${ms / 1000} s`
    },
  },
  'set the clock back': {
    weight: 2,
    isCalm: true,
    trouble: 'set back',
    run(world, _, much) {
      const ms = at(STEPS_MS, much) ?? 0
      world.browser.clock.step(-ms)
      return `the clock is set back by ${ms / 1000} s`
    },
  },
} satisfies Record<string, Move>
