import { has, type Invariant } from './invariant.ts'

// What is written where all tabs read it.

/** I5 */
export const theRecordOnlyMovesForward: Invariant = ({ troubles }, { written }) => {
  // Tabs that cannot write may each go on from the same record: the end of a session in one, a login in another. Where
  // the epoch is ahead of the clock, which was set back or has seen two logins in one millisecond, both come to the same
  // one, and the login stays.
  const mayBranch = troubles.has('record')
  for (const [index, next] of written.entries()) {
    const previous = written[index - 1]
    if (!previous) continue
    const isBack =
      next.epoch < previous.epoch ||
      (next.epoch === previous.epoch &&
        (next.generation < previous.generation ||
          (next.session !== previous.session && !mayBranch)))
    if (isBack)
      return `epoch ${next.epoch}, generation ${next.generation} was written over ${previous.epoch}, ${previous.generation}`
  }
  return undefined
}

/** E3 */
export const aNewerRecordIsWrittenByUsersOnly: Invariant = ({
  browser,
  calls,
  newerSince,
  troubles,
}) => {
  // What could not be written before may be written now.
  if (!newerSince || has(troubles, 'record', 'mirror', 'wiped')) return undefined
  const isUsers = calls.some(({ id, name }) => /^log/.test(name) && id > newerSince.calls)
  return !isUsers && browser.written.length > newerSince.written
    ? 'the record of a newer release was written over'
    : undefined
}

/** E4 */
export const sessionTimeNeverRunsBackwards: Invariant = (_, { written }) => {
  const back = written.find((next, index) => {
    const previous = written[index - 1]
    return previous?.session === next.session && next.seenAt < previous.seenAt
  })
  return back && `seenAt went back in generation ${back.generation}`
}

/** E2 */
export const aGenerationHasOneKey: Invariant = (_, { written }) => {
  const other = written.find((next, index) => {
    const previous = written[index - 1]
    return (
      previous?.session === next.session &&
      previous.generation === next.generation &&
      previous.key !== next.key
    )
  })
  return other && `generation ${other.generation} was given a second key`
}
