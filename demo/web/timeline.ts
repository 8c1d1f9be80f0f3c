import { find, make } from './dom.ts'
import { lanes, type Lane } from './logbook.ts'
import { readPalette } from './palette.ts'
import type { Box } from './sheet.ts'
import { controlTimeline } from './timeline-controls.ts'
import { drawTimeline, heightFor } from './timeline-drawing.ts'
import { createTimelineView } from './timeline-view.ts'
import { inWords, summaryOf } from './timeline-words.ts'

const SPAN_MS = 20_000
/** Ten pictures a second: enough to see the time pass, and a third of the work of what is smooth. */
const FRAME_MS = 100
const CALM_FRAME_MS = 1_000
const SUMMARY_MS = 2_000
const LISTED = 60

/** Draws the timeline of all tabs, and describes it in words. */
export function showTimeline(): void {
  const canvas = find('timeline', HTMLCanvasElement)
  const live = find('timeline-live', HTMLButtonElement)
  const context = canvas.getContext('2d')
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
  const view = createTimelineView(SPAN_MS)
  let boxes: readonly Box[] = []
  let summedUpAt = 0

  function frame(at: number): void {
    setTimeout(() => requestAnimationFrame(frame), isCalm.matches ? CALM_FRAME_MS : FRAME_MS)
    draw()
    if (at - summedUpAt < SUMMARY_MS) return
    summedUpAt = at
    sumUp(canvas)
  }

  function draw(): void {
    if (!context) return
    const shown = inOrder()
    const { clientWidth: width } = canvas
    resize(canvas, width, heightFor(shown.length))
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    boxes = drawTimeline(context, width, shown, view, readPalette())
    live.ariaPressed = String(view.isLive)
  }

  controlTimeline(canvas, view, draw)
  tellWhatIsPointedAt(canvas, () => boxes)
  requestAnimationFrame(frame)
}

/** For users who do not see the picture: a summary, and on request everything in order. */
function sumUp(canvas: HTMLCanvasElement): void {
  const shown = inOrder()
  canvas.ariaLabel = summaryOf(shown)
  if (!find('timeline-text', HTMLDetailsElement).open) return
  const all = shown
    .flatMap(({ observations }) => [...observations.values()])
    .sort((one, other) => other.from - one.from)
    .slice(0, LISTED)
  const items = all.map((each) => make('li', '', inWords(each)))
  find('timeline-list', HTMLOListElement).replaceChildren(...items)
}

function tellWhatIsPointedAt(canvas: HTMLCanvasElement, boxes: () => readonly Box[]): void {
  const detail = find('timeline-detail', HTMLParagraphElement)
  const hint = detail.textContent

  function point({ offsetX, offsetY }: PointerEvent): void {
    // What was drawn last is on top.
    const near = boxes()
      .filter(
        ({ x, y, width, height }) =>
          offsetX >= x - 3 &&
          offsetX <= x + width + 3 &&
          offsetY >= y - 2 &&
          offsetY <= y + height + 2,
      )
      .at(-1)
    detail.textContent = near ? inWords(near.observation) : hint
  }

  canvas.addEventListener('pointermove', point)
  canvas.addEventListener('pointerdown', point)
}

/** Setting a size clears the canvas and costs a layout, so do it only if the size has changed. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, tall] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
  if (canvas.width === wide && canvas.height === tall) return
  canvas.width = wide
  canvas.height = tall
  canvas.style.height = `${height}px`
}

function inOrder(): Lane[] {
  return [...lanes.values()].sort((one, other) => one.tab - other.tab)
}
