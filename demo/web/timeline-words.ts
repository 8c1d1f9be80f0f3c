import type { Lane } from './logbook.ts'
import type { Kind, Observation } from './observation.ts'
import { trueNow } from './page-clock.ts'
import { tabNumber } from './tab-number.ts'
import { counted, timeOfDay } from './wording.ts'

/** For these, the duration is of no interest. */
const TIMELESS: readonly Kind[] = ['mark', 'token', 'warning']

/** Describes the state of all tabs, a sentence for each. */
export function summaryOf(all: readonly Lane[]): string {
  return `Timeline of ${counted(all.length, 'tab', 'tabs')}. ${all.map(laneInWords).join(' ')}`
}

/** Describes an observation: what, when and where. */
export function inWords({ tab, kind, from, to, outcome, text }: Observation): string {
  const tookMs = Math.round((to ?? trueNow()) - from)
  const took = outcome === null ? ', under way' : `, ${tookMs} ms`
  return `${timeOfDay(from)} ${nameOf(tab)}: ${text}${TIMELESS.includes(kind) ? '' : took}`
}

function laneInWords({ tab, observations, leftAt }: Lane): string {
  const all = [...observations.values()]
  const count = (wanted: Kind): number => all.filter(({ kind }) => kind === wanted).length
  const has = (wanted: Kind): boolean =>
    all.some(({ kind, to }) => kind === wanted && (to ?? 0) > trueNow())
  const token = leftAt !== null ? 'gone' : has('token') ? 'has a good token' : 'has no good token'
  const warned = has('warning') ? ', is warned of the end' : ''
  const last = all.filter(({ kind }) => kind === 'mark').at(-1)
  const latest = last ? `; last: ${last.text}` : ''
  return `${nameOf(tab)}: ${token}${warned}, ${counted(count('renewal'), 'renewal', 'renewals')}, ${counted(count('call'), 'call', 'calls')}${latest}.`
}

function nameOf(tab: number): string {
  return `Tab ${tab}${tab === tabNumber ? ' (this one)' : ''}`
}
