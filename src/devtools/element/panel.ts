import { GROUP_NAMES, type Group } from '../model/lanes.ts'
import { MISHAPS, type Mishap } from '../watch/mishaps.ts'
import type { MoveButtons } from './controls.ts'
import { button, make } from './dom.ts'

const GROUP_TEXTS: Readonly<Record<Group, string>> = {
  tokens: 'Tokens',
  renewals: 'Renewals and lock',
  calls: 'Calls',
  activity: 'Activity',
  events: 'Events',
}

const MISHAP_TEXTS: Readonly<Record<Mishap, string>> = {
  expire: 'Expire the token',
  refuse: 'API answers 401',
  slow: 'Slow answers',
  offline: 'Offline',
  clock: 'Clock: an hour on',
}

const KEY = [
  ['token', 'token is good'],
  ['renewal', 'renewal, from sent to answered'],
  ['lock', 'has the lock'],
  ['queue', 'waits for it'],
  ['call', 'call answered'],
  ['refused', 'refused, or the end'],
  ['lost', 'no answer'],
  ['activity', 'the user is active'],
  ['warning', 'warned of the end'],
] as const

/** Whether a mishap lasts until it is switched off, and so has a button that stays pressed. */
export function isLasting(mishap: Mishap): boolean {
  return mishap !== 'expire' && mishap !== 'clock'
}

/** The elements of the tools that change. */
export interface Panel {
  /** The button in the corner. */
  readonly toggle: HTMLButtonElement
  /** All the rest. */
  readonly panel: HTMLElement
  readonly close: HTMLButtonElement
  readonly moves: MoveButtons
  readonly pause: HTMLButtonElement
  readonly files: Readonly<Record<'save' | 'load' | 'clear' | 'back', HTMLButtonElement>> & {
    readonly input: HTMLInputElement
  }
  readonly filters: Readonly<Record<Group, HTMLInputElement>>
  readonly mishaps: Readonly<Record<Mishap, HTMLButtonElement>>
  readonly canvas: HTMLCanvasElement
  readonly frame: HTMLElement
  readonly text: Readonly<
    Record<'title' | 'imported' | 'problem' | 'detail' | 'result', HTMLElement>
  >
  readonly imported: HTMLElement
  readonly story: HTMLElement
  readonly list: HTMLElement
  readonly beliefs: HTMLElement
  readonly states: HTMLElement
  readonly words: HTMLDetailsElement
  readonly known: HTMLDetailsElement
  readonly trouble: HTMLElement
}

/** Creates the elements of the tools. */
export function createPanel(): Panel {
  const toggle = button('toggle', 'Session', {
    part: 'toggle',
    'aria-expanded': 'false',
    'aria-controls': 'panel',
    'aria-keyshortcuts': 'Alt+Shift+L',
    title: 'Developer tools of latchkey (Alt+Shift+L)',
  })
  const close = button('close', 'Close')
  const moves = {
    earlier: button('earlier', '←', { 'aria-label': 'Earlier' }),
    later: button('later', '→', { 'aria-label': 'Later' }),
    out: button('out', '−', { 'aria-label': 'More time' }),
    in: button('in', '+', { 'aria-label': 'Less time' }),
    live: button('live', 'Live', { 'aria-pressed': 'true' }),
  }
  const pause = button('pause', 'Pause', { 'aria-pressed': 'false' })
  const files = {
    save: button('save', 'Export'),
    load: button('load', 'Import'),
    clear: button('clear', 'Clear'),
    back: button('back', 'Back to this browser'),
    input: make('input', {
      type: 'file',
      accept: '.json,application/json',
      hidden: '',
      id: 'file',
    }),
  }
  const filters = Object.fromEntries(
    GROUP_NAMES.map((group) => [group, make('input', { type: 'checkbox', id: `show-${group}` })]),
  ) as Readonly<Record<Group, HTMLInputElement>>
  const mishaps = Object.fromEntries(
    MISHAPS.map((mishap) => [
      mishap,
      button(
        mishap,
        MISHAP_TEXTS[mishap],
        isLasting(mishap) ? { 'aria-pressed': 'false' } : undefined,
      ),
    ]),
  ) as Readonly<Record<Mishap, HTMLButtonElement>>

  const canvas = make('canvas', { id: 'timeline', role: 'img', 'aria-label': 'Timeline' })
  const frame = make(
    'div',
    {
      id: 'frame',
      role: 'group',
      tabindex: '0',
      'aria-label': 'Timeline of all tabs',
      'aria-describedby': 'keys',
    },
    canvas,
  )
  const text = {
    title: make('h2', { id: 'title' }, 'All tabs of this session'),
    imported: make('span'),
    problem: make('p', { id: 'problem', role: 'alert', hidden: '' }),
    detail: make('p', { id: 'detail', class: 'soft' }, 'Point at a bar to read what it is.'),
    result: make('p', { id: 'result', class: 'soft', role: 'status' }),
  }
  const imported = make(
    'p',
    { id: 'imported', class: 'row', hidden: '' },
    text.imported,
    files.back,
  )
  const story = make('ul', { id: 'story' })
  const list = make('ol', {
    id: 'list',
    tabindex: '0',
    'aria-label': 'The last events of all tabs',
  })
  const beliefs = make('ul', { id: 'beliefs' })
  const states = make('div', { id: 'states' })
  const words = details('words', 'The same in words', heading('What happened'), story, list)
  const known = details('known', 'What the tabs know', states, heading('The auth server'), beliefs)
  const trouble = make(
    'fieldset',
    { id: 'mishaps' },
    make('legend', {}, 'Make it go wrong:'),
    make('div', { class: 'row' }, ...Object.values(mishaps)),
  )
  const panel = make(
    'section',
    { id: 'panel', part: 'panel', 'aria-labelledby': 'title' },
    make('div', { class: 'row' }, text.title, close),
    imported,
    text.problem,
    make(
      'div',
      { class: 'row' },
      toolbar('The part of time that is shown', ...Object.values(moves), pause),
      toolbar('Files', files.save, files.load, files.clear, files.input),
    ),
    make(
      'fieldset',
      { class: 'row' },
      make('legend', {}, 'Show:'),
      ...GROUP_NAMES.map((group) => make('label', {}, filters[group], GROUP_TEXTS[group])),
    ),
    frame,
    make(
      'p',
      { id: 'keys', class: 'unseen' },
      'Arrow keys move in time, plus and minus change how much is shown, Home goes to the beginning, End back to now.',
    ),
    legend(),
    text.detail,
    trouble,
    text.result,
    words,
    known,
  )
  for (const filter of Object.values(filters)) filter.checked = true
  return {
    ...{ toggle, close, moves, pause, files, filters, mishaps, canvas, frame, text, imported },
    ...{ story, list, beliefs, states, words, known, trouble, panel },
  }
}

function toolbar(name: string, ...children: readonly HTMLElement[]): HTMLElement {
  return make('div', { class: 'row', role: 'group', 'aria-label': name }, ...children)
}

function heading(text: string): HTMLElement {
  return make('h3', {}, text)
}

function details(
  id: string,
  title: string,
  ...children: readonly HTMLElement[]
): HTMLDetailsElement {
  return make('details', { id }, make('summary', {}, title), make('div', {}, ...children))
}

function legend(): HTMLElement {
  const items = KEY.map(([name, text]) => make('li', {}, make('i', { class: name }), text))
  return make('ul', { id: 'key', class: 'soft', 'aria-label': 'What the colours mean' }, ...items)
}
