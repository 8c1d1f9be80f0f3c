import type { Detail } from '../model/entry.ts'
import { lanesOf, withoutGroups, type Group, type Lane } from '../model/lanes.ts'
import { serverBeliefs } from '../model/server-beliefs.ts'
import { storyOf } from '../model/story.ts'
import { durationOf, inWords, nameOf, type Telling } from '../model/words.ts'
import { make, setItems } from './dom.ts'
import type { Panel } from './panel.ts'

const LISTED = 80

/** What a row of a tab's state is called, in order. */
const ROWS: Readonly<Record<string, string>> = {
  session: 'state',
  storage: 'record kept in',
  epoch: 'epoch',
  generation: 'generation',
  seq: 'refresh token number',
  forMs: 'token good for',
  endsInMs: 'session ends in',
  idleAfterMs: 'idle limit',
  answerMs: 'slowest answer',
  failures: 'failed renewals in a row',
  rejected: 'server refuses to renew',
}

/** Shows in words what the timeline draws, as far as the parts are open. */
export function showWords(panel: Panel, lanes: readonly Lane[], telling: Telling): void {
  if (panel.words.open) {
    setItems(panel.story, storyOf(lanes, telling))
    const latest = lanes
      .flatMap(({ entries }) => entries)
      .sort((one, other) => other.at - one.at)
      .slice(0, LISTED)
    setItems(
      panel.list,
      latest.map((entry) => inWords(entry, telling)),
    )
  }
  if (!panel.known.open) return
  setItems(panel.beliefs, serverBeliefs(lanes))
  panel.states.replaceChildren(...lanes.flatMap((lane) => stateOf(lane, telling)))
}

/** The lanes with the groups that are shown. */
export function shownLanes(
  entries: Parameters<typeof lanesOf>[0],
  hidden: ReadonlySet<Group>,
): readonly Lane[] {
  return lanesOf(entries).map((lane) => withoutGroups(lane, hidden))
}

function stateOf({ tab, state, leftAt }: Lane, telling: Telling): HTMLElement[] {
  if (!state) return []
  const rows = Object.entries(ROWS).flatMap(([name, text]) => {
    const value = valueOf(state, name)
    return value === undefined ? [] : [make('dt', {}, text), make('dd', {}, value)]
  })
  const title = `${nameOf(tab, telling)}${leftAt === null ? '' : ', gone'}`
  return [make('div', {}, make('h3', {}, title), make('dl', {}, ...rows))]
}

function valueOf(state: Detail, name: string): string | undefined {
  const value = state[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && name.endsWith('Ms')) return durationOf(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value).replace('-', ' ')
}
