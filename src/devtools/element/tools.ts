import { readDay, writeDay } from '../model/day-file.ts'
import type { Entry } from '../model/entry.ts'
import { GROUP_NAMES } from '../model/lanes.ts'
import type { Telling } from '../model/words.ts'
import type { Dispose } from '../../ports.ts'
import { MISHAPS, type Mishap } from '../watch/mishaps.ts'
import type { Source } from '../watch/source.ts'
import { setText } from './dom.ts'
import { createPanel, isLasting } from './panel.ts'
import { shownLanes, showWords } from './show.ts'
import { STYLE } from './style.ts'
import { createTimeline } from './timeline.ts'
import { createTimelineView } from './view.ts'

const SPAN_MS = 20_000
/** Changes that come together are drawn once. */
const TOGETHER_MS = 50
/** While something is under way, it is seen to go on. */
const MOVING_MS = 500
/** How often tabs are looked for that have gone without a word, while the tools are open. */
const ROLL_CALL_MS = 5_000

const RESULTS: Readonly<Record<Mishap, string>> = {
  expire: 'With the next call of each tab, the API refuses the token that the tabs have now.',
  refuse: 'The API answers every call with 401, until you switch that off.',
  slow: 'Every answer takes 3 s longer, until you switch that off.',
  offline: 'Requests of all tabs fail at once, as without a network, until you switch that off.',
  clock: 'The clock of the session is an hour further on in all tabs, as after a sleep.',
}

/** The tools in one element. */
export interface Tools {
  /** Shows another session, or none. */
  show(source: Source | null): void
  dispose(): void
}

/** A day out of a file, instead of that of this browser. */
interface Imported {
  readonly entries: readonly Entry[]
  readonly at: number
}

/** Builds the tools in the shadow root of `host`. They draw only when something has changed, and only while they can be seen. */
export function createTools(host: HTMLElement, hasMishaps: boolean): Tools {
  const isEmbedded = host.hasAttribute('embedded')
  const panel = createPanel()
  const { files, text, filters, toggle } = panel
  const stops: Dispose[] = []
  let source: Source | null = null
  let stopSource: Dispose | undefined
  let imported: Imported | null = null
  let paused: readonly Entry[] | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let movingTimer: ReturnType<typeof setTimeout> | undefined
  let roll: ReturnType<typeof setInterval> | undefined
  let isOpen = isEmbedded

  const clock = new Intl.DateTimeFormat([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 1,
    hourCycle: 'h23',
  })
  const timeOf = (at: number): string => clock.format(at)
  const entries = (): readonly Entry[] =>
    imported?.entries ?? paused ?? source?.book.entries() ?? []
  const now = (): number => imported?.at ?? source?.book.now() ?? Date.now()
  const view = createTimelineView(SPAN_MS, {
    now,
    first: () => entries().reduce((first, { at }) => Math.min(first, at), now()),
  })
  const timeline = createTimeline(host, panel, view, soon)

  /** Draws in a moment, once for all changes until then. A page that is not seen is drawn when it is shown. */
  function soon(): void {
    if (isOpen && !document.hidden) timer ??= setTimeout(draw, TOGETHER_MS)
  }

  function draw(): void {
    clearTimeout(timer)
    clearTimeout(movingTimer)
    timer = undefined
    const hidden = new Set(GROUP_NAMES.filter((group) => !filters[group].checked))
    const lanes = shownLanes(entries(), hidden)
    const here = imported ? null : (source?.book.tab ?? null)
    const telling: Telling = { here, now: now(), timeOf }
    timeline.draw(lanes, telling)
    showWords(panel, lanes, telling)
    if (!imported && !paused && timeline.isMoving(lanes)) movingTimer = setTimeout(soon, MOVING_MS)
  }

  /** Looks for tabs that have gone without a word, as long as the tools are open. */
  function callTheRoll(): void {
    clearInterval(roll)
    if (!isOpen) return
    roll = setInterval(() => {
      if (!document.hidden && !imported) void source?.book.callTheRoll()
    }, ROLL_CALL_MS)
  }

  function setOpen(next: boolean): void {
    isOpen = next
    callTheRoll()
    panel.panel.hidden = !next
    toggle.setAttribute('aria-expanded', String(next))
    if (next) panel.frame.focus()
    else toggle.focus()
    soon()
  }

  function showMishaps(): void {
    for (const mishap of MISHAPS)
      if (isLasting(mishap))
        panel.mishaps[mishap].setAttribute(
          'aria-pressed',
          String(source?.mishaps.isOn(mishap) === true),
        )
  }

  function setImported(day: Imported | null, name = ''): void {
    imported = day
    panel.imported.hidden = !day
    panel.trouble.hidden = !hasMishaps || !!day
    text.problem.hidden = true
    setText(text.imported, day ? `This is the day of a file, of the session “${name}”.` : '')
    if (!day) return view.goLive()
    const first = day.entries.reduce((earliest, { at }) => Math.min(earliest, at), day.at)
    view.fit(first, day.at)
  }

  async function importFile(file: File): Promise<void> {
    try {
      const day = readDay(await file.text())
      const at = day.entries.reduce((latest, each) => Math.max(latest, each.at), day.at)
      setImported({ entries: day.entries, at }, day.name)
    } catch (error) {
      text.problem.hidden = false
      setText(text.problem, error instanceof Error ? `${error.message}.` : '')
    }
    soon()
  }

  async function exportFile(): Promise<void> {
    if (!source) return
    const { name, book } = source
    const diagnostics = await source.collect()
    const day = { name, at: book.now(), entries: book.entries(), diagnostics }
    const url = URL.createObjectURL(new Blob([writeDay(day)], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `latchkey-${new Date(day.at).toISOString().slice(0, 19).replaceAll(':', '-')}.json`
    link.click()
    URL.revokeObjectURL(url)
    setText(text.result, `Exported as ${link.download}.`)
  }

  function listen(target: EventTarget, type: string, listener: (event: Event) => void): void {
    target.addEventListener(type, listener)
    stops.push(() => target.removeEventListener(type, listener))
  }

  function pressShortcut(event: Event): void {
    const { altKey, shiftKey, code, key } = event as KeyboardEvent
    const isShortcut = altKey && shiftKey && code === 'KeyL'
    if (isShortcut) event.preventDefault()
    if (isShortcut) setOpen(!isOpen)
    else if (key === 'Escape' && isOpen && event.composedPath().includes(panel.panel))
      setOpen(false)
  }

  function build(): void {
    const style = new CSSStyleSheet()
    style.replaceSync(STYLE)
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [style]
    root.replaceChildren(panel.panel, ...(isEmbedded ? [] : [toggle]))
    panel.panel.hidden = !isOpen
    panel.close.hidden = isEmbedded
    text.title.hidden = isEmbedded
    setImported(null)
  }

  build()
  toggle.onclick = () => setOpen(!isOpen)
  panel.close.onclick = () => setOpen(false)
  panel.pause.onclick = () => {
    paused = paused ? null : entries()
    panel.pause.setAttribute('aria-pressed', String(paused !== null))
    soon()
  }
  files.save.onclick = () => void exportFile()
  files.load.onclick = () => files.input.click()
  files.clear.onclick = () => source?.book.clear()
  files.back.onclick = () => {
    setImported(null)
    files.load.focus()
    soon()
  }
  files.input.onchange = () => {
    const [file] = files.input.files ?? []
    if (file) void importFile(file)
    files.input.value = ''
  }
  for (const filter of Object.values(filters)) filter.onchange = soon
  for (const details of [panel.words, panel.known]) details.ontoggle = soon
  for (const mishap of MISHAPS)
    panel.mishaps[mishap].onclick = () => {
      source?.cause(mishap, !source.mishaps.isOn(mishap))
      const isOver = isLasting(mishap) && source?.mishaps.isOn(mishap) === false
      setText(text.result, isOver ? 'That is over.' : RESULTS[mishap])
    }
  if (!isEmbedded) listen(document, 'keydown', pressShortcut)
  listen(document, 'visibilitychange', soon)
  listen(matchMedia('(prefers-color-scheme: dark)'), 'change', soon)
  listen(window, 'resize', soon)
  callTheRoll()

  return {
    show(next) {
      stopSource?.()
      source = next
      const stopBook = next?.book.watch(soon)
      const stopMishaps = next?.mishaps.watch(showMishaps)
      stopSource = () => {
        stopBook?.()
        stopMishaps?.()
      }
      showMishaps()
      soon()
    },
    dispose() {
      stopSource?.()
      clearTimeout(timer)
      clearTimeout(movingTimer)
      clearInterval(roll)
      for (const stop of stops) stop()
    },
  }
}
