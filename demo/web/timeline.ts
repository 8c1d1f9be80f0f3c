import { find, make } from './dom.ts'
import { lanes, type Lane } from './logbook.ts'
import type { Kind, Observation } from './observation.ts'
import { trueNow } from './page-clock.ts'
import { readPalette } from './palette.ts'
import type { Box } from './sheet.ts'
import { tabNumber } from './tab-number.ts'
import { drawTimeline, heightFor } from './timeline-drawing.ts'
import { createTimelineView } from './timeline-view.ts'
import { counted, timeOfDay } from './wording.ts'

const SPAN_MS = 20_000
const FRAME_MS = 33
const CALM_FRAME_MS = 1_000
const SUMMARY_MS = 2_000
const LISTED = 60
const STEP = 0.25
/** Of which nobody wants to know how long they took. */
const TIMELESS: readonly Kind[] = ['mark', 'token', 'warning']

/** Draws the timeline of all tabs, and says the same in words. */
export function showTimeline(): void {
  const canvas = find('timeline', HTMLCanvasElement)
  const detail = find('timeline-detail', HTMLParagraphElement)
  const live = find('timeline-live', HTMLButtonElement)
  const context = canvas.getContext('2d')
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
  const view = createTimelineView(SPAN_MS)
  const hint = detail.textContent
  let boxes: readonly Box[] = []
  let drawnAt = 0
  let summedUpAt = 0

  function frame(at: number): void {
    requestAnimationFrame(frame)
    if (at - drawnAt < (isCalm.matches ? CALM_FRAME_MS : FRAME_MS)) return
    drawnAt = at
    draw()
    if (at - summedUpAt < SUMMARY_MS) return
    summedUpAt = at
    sumUp()
  }

  function draw(): void {
    if (!context) return
    const shown = inOrder()
    const { clientWidth: width } = canvas
    const height = heightFor(shown.length)
    const scale = devicePixelRatio
    // Setting a size clears the canvas and costs a layout.
    if (
      canvas.width !== Math.round(width * scale) ||
      canvas.height !== Math.round(height * scale)
    ) {
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
      canvas.style.height = `${height}px`
    }
    context.setTransform(scale, 0, 0, scale, 0, 0)
    boxes = drawTimeline(context, width, shown, view, readPalette())
    live.ariaPressed = String(view.isLive)
  }

  /** For those who do not see the picture: how it stands, and on request everything in order. */
  function sumUp(): void {
    const shown = inOrder()
    canvas.ariaLabel = `Timeline of ${counted(shown.length, 'tab', 'tabs')}. ${shown.map(summaryOf).join(' ')}`
    const list = find('timeline-list', HTMLOListElement)
    if (!find('timeline-text', HTMLDetailsElement).open) return
    const all = shown
      .flatMap(({ observations }) => [...observations.values()])
      .sort((one, other) => other.from - one.from)
      .slice(0, LISTED)
    list.replaceChildren(...all.map((each) => make('li', '', inWords(each))))
  }

  function point(x: number, y: number): void {
    // What was drawn last lies on top.
    const [near] = boxes
      .filter(
        (box) =>
          x >= box.x - 3 &&
          x <= box.x + box.width + 3 &&
          y >= box.y - 2 &&
          y <= box.y + box.height + 2,
      )
      .reverse()
    detail.textContent = near ? inWords(near.observation) : hint
  }

  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.move(-STEP),
    ArrowRight: () => view.move(STEP),
    PageUp: () => view.move(-1),
    PageDown: () => view.move(1),
    Home: () => view.move(-Infinity),
    End: view.goLive,
    '+': () => view.zoom(1 / 1.5),
    '-': () => view.zoom(1.5),
  }
  find('timeline-frame', HTMLDivElement).addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
    draw()
  })
  for (const [id, act] of Object.entries({
    'timeline-earlier': () => view.move(-STEP),
    'timeline-later': () => view.move(STEP),
    'timeline-in': () => view.zoom(1 / 1.5),
    'timeline-out': () => view.zoom(1.5),
    'timeline-live': view.goLive,
  }))
    find(id, HTMLButtonElement).addEventListener('click', () => {
      act()
      draw()
    })
  canvas.addEventListener('pointermove', ({ offsetX, offsetY, movementX, buttons }) => {
    if (buttons > 0) view.move(-movementX / canvas.clientWidth)
    point(offsetX, offsetY)
  })
  canvas.addEventListener('pointerdown', ({ pointerId, offsetX, offsetY }) => {
    canvas.setPointerCapture(pointerId)
    point(offsetX, offsetY)
  })
  canvas.addEventListener(
    'wheel',
    (event) => {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
      event.preventDefault()
      view.move(event.deltaX / canvas.clientWidth)
    },
    { passive: false },
  )
  requestAnimationFrame(frame)
}

function inOrder(): Lane[] {
  return [...lanes.values()].sort((one, other) => one.tab - other.tab)
}

function summaryOf({ tab, observations, leftAt }: Lane): string {
  const all = [...observations.values()]
  const count = (kind: Kind): number => all.filter((each) => each.kind === kind).length
  const has = (wanted: Kind): boolean =>
    all.some(({ kind, to }) => kind === wanted && (to ?? 0) > trueNow())
  const last = all.filter(({ kind }) => kind === 'mark').at(-1)
  const token = leftAt !== null ? 'gone' : has('token') ? 'has a good token' : 'has no good token'
  const warned = has('warning') ? ', is warned of the end' : ''
  const latest = last ? `; last: ${last.text}` : ''
  return `${nameOf(tab)}: ${token}${warned}, ${counted(count('renewal'), 'renewal', 'renewals')}, ${counted(count('call'), 'call', 'calls')}${latest}.`
}

function inWords({ tab, kind, from, to, outcome, text }: Observation): string {
  const tookMs = Math.round((to ?? trueNow()) - from)
  const took = outcome === null ? ', under way' : `, ${tookMs} ms`
  return `${timeOfDay(from)} ${nameOf(tab)}: ${text}${TIMELESS.includes(kind) ? '' : took}`
}

function nameOf(tab: number): string {
  return `Tab ${tab}${tab === tabNumber ? ' (this one)' : ''}`
}
