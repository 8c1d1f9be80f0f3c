import type { SessionWarning } from '../../../src/index.ts'
import type { Heard, World } from '../world.ts'
import { has, type Invariant } from './invariant.ts'

// What listeners hear.

/** I8 */
export const everyTabHearsOfEveryChangeOnce: Invariant = ({ actors, troubles }) => {
  // A script can have tabs told of anything.
  if (has(troubles, 'strange record')) return undefined
  for (const actor of actors) {
    let subject: string | null | undefined
    let warnedOf: string | undefined
    const degraded = new Set<string>()
    for (const { name, payload } of actor.heard) {
      const told = payload as { subject?: string | null; missing?: string }
      if (name === 'ended' && subject === undefined) return `${actor.name} heard of an end twice`
      if (name === 'started' && subject !== undefined && subject !== told.subject)
        return `${actor.name} heard that ${String(told.subject)} is there, but not that ${String(subject)} is gone`
      if (name === 'refreshed' && subject === undefined)
        return `${actor.name} heard of a renewal without a session`
      if (name === 'degraded' && degraded.has(String(told.missing)))
        return `${actor.name} was told twice that there is no ${String(told.missing)}`
      if (name === 'extended' && warnedOf === undefined)
        return `${actor.name} heard that a warning is over, and of none before`
      if (name === 'expiring') {
        const { cause, extendable } = payload as SessionWarning
        const what = `${cause}, ${extendable ? '' : 'not '}extendable`
        if (what === warnedOf) return `${actor.name} was warned twice: ${what}`
        warnedOf = what
      } else if (/^(extended|ended|started)$/.test(name)) warnedOf = undefined
      if (name === 'started') subject = told.subject
      if (name === 'ended') subject = undefined
      if (name === 'degraded') degraded.add(String(told.missing))
    }
  }
  return undefined
}

/** L0 */
export const noListenerRunsUnderTheLock: Invariant = (world, { heard }) => {
  // A page that leaves lets its lock go and works on: by the time it is done it may hold another. So may one whose second
  // session has been waiting for the lock of the first.
  // A token that came with an answer to a request needs no lock, and may come while a renewal has it.
  const isByAnswers = world.setting.transport === 'sliding'
  if (has(world.troubles, 'pages') || world.disputes > 1 || isByAnswers) return undefined
  const early = heard.filter(isOwnRenewal).find((entry) => {
    const excused = locksOfRestoring(world, entry)
    return locksOf(entry).some((lock) => !excused.includes(lock))
  })
  return early && `"${early.name}" was told before the lock was free`
}

function isOwnRenewal({ name, payload }: Heard): boolean {
  const isOwn = name === 'refreshed' && (payload as { by: string }).by === 'this-tab'
  return isOwn || name === 'refresh-failed'
}

function locksOf({ locks }: Heard): readonly string[] {
  return locks.filter((lock) => !/:(logout|events)$/.test(lock))
}

/**
 * Who got no lock has not waited either for that under which its tab was restored, which is let go a few turns after
 * `ready` has settled.
 */
function locksOfRestoring({ actors, troubles }: World, entry: Heard): readonly string[] {
  if (!has(troubles, 'locks')) return []
  const heard = actors.find((actor) => actor.heard.includes(entry))?.heard ?? []
  const before = heard.slice(0, heard.indexOf(entry))
  return before.findLast(({ name }) => name === 'started')?.locks ?? []
}
