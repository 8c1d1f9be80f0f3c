import { find } from './dom.ts'
import type { TimelineView } from './timeline-view.ts'

const STEP = 0.25
const ZOOM = 1.5

/** Lets keys, buttons, a drag and a horizontal wheel move the range of time that is shown; calls `onMove` after each. */
export function controlTimeline(
  canvas: HTMLCanvasElement,
  view: TimelineView,
  onMove: () => void,
): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.move(-STEP),
    ArrowRight: () => view.move(STEP),
    PageUp: () => view.move(-1),
    PageDown: () => view.move(1),
    Home: () => view.move(-Infinity),
    End: view.goLive,
    '+': () => view.zoom(1 / ZOOM),
    '-': () => view.zoom(ZOOM),
  }
  const buttons: Readonly<Record<string, () => void>> = {
    'timeline-earlier': () => view.move(-STEP),
    'timeline-later': () => view.move(STEP),
    'timeline-in': () => view.zoom(1 / ZOOM),
    'timeline-out': () => view.zoom(ZOOM),
    'timeline-live': view.goLive,
  }

  function wheel(event: WheelEvent): void {
    if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
    event.preventDefault()
    view.move(event.deltaX / canvas.clientWidth)
  }

  find('timeline-frame', HTMLDivElement).addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
    onMove()
  })
  for (const [id, act] of Object.entries(buttons))
    find(id, HTMLButtonElement).addEventListener('click', () => {
      act()
      onMove()
    })
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons > 0) view.move(-event.movementX / canvas.clientWidth)
  })
  canvas.addEventListener('pointerdown', ({ pointerId }) => canvas.setPointerCapture(pointerId))
  canvas.addEventListener('wheel', wheel, { passive: false })
}
