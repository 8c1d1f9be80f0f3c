import { pageOf, type Entry } from './entry.ts'
import type { Lane } from './lanes.ts'
import { counted, durationOf, nameOf, textOf, whyEnded, word, type Telling } from './words.ts'

/** Ends of several tabs that are so near to each other are one end. */
const ONE_END_MS = 60_000
/** For how long before an end a failure may have to do with it. */
const BEFORE_MS = 15 * 60_000
/** So many sentences about one thing are enough. */
const MOST = 3

/**
 * What happened, in sentences, for a reader who does not read timelines: why the user was signed out the last time and
 * how each tab learned of it, or how the session stands. Pure.
 */
export function storyOf(lanes: readonly Lane[], telling: Telling): readonly string[] {
  const all = lanes
    .flatMap(({ entries }) => entries)
    .sort((one, other) => one.at - other.at || Number(isCause(other)) - Number(isCause(one)))
  if (all.every(({ kind }) => kind === 'tab')) return ['Nothing has happened yet.']
  const end = lastOf(all, (entry) => isEvent(entry, 'ended'))
  const since = lastOf(all, (entry) => isEvent(entry, 'started') && entry.at >= (end?.at ?? 0))
  return [
    ...(end ? storyOfEnd(all, firstOf(all, end), telling) : []),
    ...(since ? storyOfSession(all, since, end, telling) : []),
    ...(!end && !since ? ['No user has signed in, as far as these tabs have seen.'] : []),
    ...storyOfTrouble(all, since ?? end, telling),
  ]
}

/** The end as the first tab noted it: the others may have learned of it later. */
function firstOf(all: readonly Entry[], last: Entry): Entry {
  const ends = all.filter(
    (entry) =>
      isEvent(entry, 'ended') &&
      last.at - entry.at <= ONE_END_MS &&
      entry.detail['reason'] === last.detail['reason'],
  )
  return ends.find(isCause) ?? ends[0] ?? last
}

function storyOfEnd(all: readonly Entry[], end: Entry, telling: Telling): readonly string[] {
  const { timeOf } = telling
  const tab = nameOf(end.tab, telling)
  const others = all.filter(
    (entry) =>
      isEvent(entry, 'ended') && entry !== end && Math.abs(entry.at - end.at) <= ONE_END_MS,
  )
  const latestMs = Math.max(0, ...others.map(({ at }) => at - end.at))
  const told = new Set(others.map((each) => each.tab))
  const where =
    end.detail['initiator'] === 'server'
      ? `The server said so to ${tab}.`
      : end.detail['initiator'] === 'this-tab'
        ? `${tab} ended it.`
        : `${tab} learned of it from another tab.`
  return [
    `The user was signed out at ${timeOf(end.at)}, because ${whyEnded(end.detail)}.`,
    where,
    ...(told.size > 0
      ? [`${counted(told.size, 'other tab')} followed within ${durationOf(latestMs)}.`]
      : []),
    ...storyBefore(all, end, telling),
  ]
}

/** What led to an end: activity, the warning, the last renewal, mishaps. */
function storyBefore(all: readonly Entry[], end: Entry, telling: Telling): readonly string[] {
  const { timeOf } = telling
  const before = all.filter(({ at }) => at <= end.at && end.at - at <= BEFORE_MS)
  const reason = word(end.detail, 'reason')
  const activity = lastOf(before, ({ kind }) => kind === 'activity')
  const warning = lastOf(
    before,
    ({ kind, until }) => kind === 'warning' && (until ?? Infinity) >= end.at,
  )
  const renewal = lastOf(before, ({ kind }) => kind === 'renewal')
  const isOfTime = reason === 'idle' || reason === 'session-limit'
  const isOfServer = ['refresh-rejected', 'reuse-detected', 'revoked'].includes(reason)
  const sentences: string[] = []
  if (reason === 'idle' && activity)
    sentences.push(
      `The last activity was at ${timeOf(activity.until ?? activity.at)}, in ${nameOf(activity.tab, telling)}.`,
    )
  if (isOfTime)
    sentences.push(
      warning
        ? `The user had been warned ${durationOf(end.at - warning.at)} before.`
        : 'No tab had warned before: none was awake in time, or the session has no warnings.',
    )
  if (isOfServer && renewal)
    sentences.push(
      `The last request for a new token was sent by ${nameOf(renewal.tab, telling)} at ${timeOf(renewal.at)}${answer(renewal)}.`,
    )
  const mishaps = before.filter(({ kind, detail }) => kind === 'mishap' && detail['on'] !== false)
  for (const each of mishaps.slice(-MOST))
    sentences.push(`At ${timeOf(each.at)} a developer had caused a ${textOf(each)}.`)
  return sentences
}

function storyOfSession(
  all: readonly Entry[],
  start: Entry,
  end: Entry | undefined,
  telling: Telling,
): readonly string[] {
  const { timeOf } = telling
  const later = all.filter(({ at }) => at >= start.at)
  const renewals = later.filter(({ kind, outcome }) => kind === 'renewal' && outcome === 'good')
  const last = renewals.at(-1)
  const warning = lastOf(
    later,
    ({ kind, at, until }) => kind === 'warning' && at <= telling.now && (until ?? 0) > telling.now,
  )
  return [
    `The user is signed in${end ? ' again' : ''} since ${timeOf(firstStart(later).at)}, as far as these tabs have seen.`,
    last
      ? `The token was renewed ${renewals.length === 1 ? 'once' : `${renewals.length} times`}, the last time at ${timeOf(last.at)} by ${nameOf(last.tab, telling)}.`
      : 'The token has not been renewed yet.',
    ...(warning ? [`The user is being warned: ${textOf(warning).replace('warned: ', '')}.`] : []),
  ]
}

function firstStart(later: readonly Entry[]): { readonly at: number } {
  return later.find((entry) => isEvent(entry, 'started')) ?? { at: NaN }
}

/** Failures since the last change of the session, and what the browsers of these tabs lack. */
function storyOfTrouble(
  all: readonly Entry[],
  since: Entry | undefined,
  telling: Telling,
): readonly string[] {
  const failures = all.filter(
    (entry) => isEvent(entry, 'refresh-failed') && entry.at >= (since?.at ?? 0),
  )
  const last = failures.at(-1)
  const gone = all.filter(
    ({ kind, outcome, at }) => kind === 'tab' && outcome === 'lost' && at >= (since?.at ?? 0),
  )
  const lacking = new Set(
    all.filter((entry) => isEvent(entry, 'degraded')).map((entry) => textOf(entry)),
  )
  return [
    ...(last
      ? [
          `No new token could be had ${failures.length === 1 ? 'once' : `${failures.length} times`}, the last time at ${telling.timeOf(last.at)}: ${textOf(last)}.`,
        ]
      : []),
    ...gone
      .slice(-MOST)
      .map(
        ({ tab, id }) =>
          `${nameOf(tab, telling)} (page ${pageOf({ id })}) was gone without a word.`,
      ),
    ...[...lacking].map((text) => `This browser ${text}.`),
  ]
}

function lastOf(all: readonly Entry[], isWanted: (entry: Entry) => boolean): Entry | undefined {
  return all.filter(isWanted).at(-1)
}

function answer({ detail, outcome }: Entry): string {
  if (typeof detail['status'] === 'number') return `, and was answered ${detail['status']}`
  return outcome === 'lost' ? ', and got no answer' : ''
}

function isEvent({ kind, detail }: Entry, event: string): boolean {
  return kind === 'log' && detail['event'] === event
}

/** The tab that ended the session, or that the server told: not one that heard of it. */
function isCause(entry: Entry): boolean {
  return isEvent(entry, 'ended') && entry.detail['initiator'] !== 'other-tab'
}
