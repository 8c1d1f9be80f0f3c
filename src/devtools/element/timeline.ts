import { isUnderWay, type Lane } from '../model/lanes.ts'
import { inWords, summaryOf, type Telling } from '../model/words.ts'
import { controlTimeline } from './controls.ts'
import { setText } from './dom.ts'
import type { Panel } from './panel.ts'
import { readPalette, type Box } from './sheet.ts'
import { drawTimeline, heightFor } from './timeline-drawing.ts'
import type { TimelineView } from './view.ts'

/** How near to a bar the pointer has to be, in CSS pixels. */
const NEAR = 3

/** The picture of all lanes. It is drawn only when it is told to. */
export interface Timeline {
  draw(lanes: readonly Lane[], telling: Telling): void
  /** Whether the picture would be another one a moment later, although nothing is noted. */
  isMoving(lanes: readonly Lane[]): boolean
}

/** Prepares the canvas of the panel. `onMove` is called when the user has moved the range of time that is shown. */
export function createTimeline(
  host: Element,
  { canvas, frame, moves, text }: Pick<Panel, 'canvas' | 'frame' | 'moves' | 'text'>,
  view: TimelineView,
  onMove: () => void,
): Timeline {
  const context = canvas.getContext('2d')
  const hint = text.detail.textContent
  let boxes: readonly Box[] = []
  let told: Telling | undefined

  function point({ offsetX, offsetY }: PointerEvent): void {
    const isNear = ({ x, y, width, height }: Box): boolean =>
      offsetX >= x - NEAR &&
      offsetX <= x + width + NEAR &&
      offsetY >= y - NEAR &&
      offsetY <= y + height + NEAR
    // What was drawn last is on top.
    const near = boxes.filter(isNear).at(-1)
    setText(text.detail, near && told ? inWords(near.entry, told) : hint)
  }

  controlTimeline(frame, canvas, moves, view, onMove)
  canvas.addEventListener('pointermove', point)
  canvas.addEventListener('pointerdown', point)

  return {
    draw(lanes, telling) {
      told = telling
      moves.live.setAttribute('aria-pressed', String(view.isLive))
      canvas.setAttribute('aria-label', summaryOf(lanes, telling))
      if (!context) return
      const { clientWidth: width } = canvas
      resize(canvas, width, heightFor(lanes.length))
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
      const palette = readPalette(host)
      const { now, here } = telling
      boxes = drawTimeline(context, width, { lanes, view, now, here, palette })
    },
    isMoving: (lanes) => view.isLive && lanes.some(isUnderWay),
  }
}

/** Setting a size clears the canvas and costs a layout, so do it only if the size has changed. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, tall] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
  if (canvas.width === wide && canvas.height === tall) return
  canvas.width = wide
  canvas.height = tall
  canvas.style.height = `${height}px`
}
