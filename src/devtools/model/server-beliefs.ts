import type { Lane } from './lanes.ts'
import { counted, durationOf } from './words.ts'

/** What the tabs believe that the auth server keeps, and how fast it answers, in sentences. Pure. */
export function serverBeliefs(lanes: readonly Lane[]): readonly string[] {
  const state =
    lanes.find(({ leftAt, state }) => leftAt === null && state)?.state ?? lanes[0]?.state
  const took = lanes
    .flatMap(({ entries }) => entries)
    .filter(({ kind, outcome }) => kind === 'renewal' && (outcome === 'good' || outcome === 'bad'))
    .map(({ at, until }) => (until ?? at) - at)
    .sort((one, other) => one - other)
  return [...(state ? [numbering(state['seq']), repeating(state)] : []), times(took)]
}

function numbering(seq: unknown): string {
  return typeof seq === 'number'
    ? `The server numbers its refresh tokens; the newest that is known is number ${seq}.`
    : 'The server has not numbered its refresh tokens.'
}

function repeating({ idempotent, seq }: Readonly<Record<string, unknown>>): string {
  const decided =
    typeof idempotent === 'boolean'
      ? 'as the transport says'
      : 'as the last answer of the server shows'
  const mayRepeat = typeof idempotent === 'boolean' ? idempotent : typeof seq === 'number'
  return mayRepeat
    ? `A renewal whose answer is lost is sent again: the server repeats its answer, ${decided}.`
    : `A renewal is not sent again while its answer may still come: the server could take that for theft, ${decided}.`
}

function times(took: readonly number[]): string {
  const [fastest = 0] = took
  if (took.length === 0) return 'No renewal has been answered yet.'
  const median = took[took.length >> 1] ?? 0
  const slowest = took.at(-1) ?? 0
  return `${counted(took.length, 'renewal')} answered, in ${durationOf(fastest)} to ${durationOf(slowest)}; half of them within ${durationOf(median)}.`
}
