import type { TimelineView } from './view.ts'

const STEP = 0.25
const ZOOM = 1.5

/** The buttons that move the timeline, by name. */
export type MoveButtons = Readonly<
  Record<'earlier' | 'later' | 'out' | 'in' | 'live', HTMLButtonElement>
>

/** Lets keys, buttons, a drag and a horizontal wheel move the range of time that is shown; calls `onMove` after each. */
export function controlTimeline(
  frame: HTMLElement,
  canvas: HTMLCanvasElement,
  moves: MoveButtons,
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
  const presses: Readonly<Record<keyof MoveButtons, () => void>> = {
    earlier: () => view.move(-STEP),
    later: () => view.move(STEP),
    in: () => view.zoom(1 / ZOOM),
    out: () => view.zoom(ZOOM),
    live: view.goLive,
  }

  function wheel(event: WheelEvent): void {
    if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
    event.preventDefault()
    view.move(event.deltaX / canvas.clientWidth)
    onMove()
  }

  frame.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
    onMove()
  })
  for (const [name, button] of Object.entries(moves))
    button.addEventListener('click', () => {
      presses[name as keyof MoveButtons]()
      onMove()
    })
  // Not by `movementX`, which Safari on iOS did not have.
  let dragged: number | undefined
  canvas.addEventListener('pointerdown', ({ pointerId, clientX }) => {
    canvas.setPointerCapture(pointerId)
    dragged = clientX
  })
  canvas.addEventListener('pointermove', ({ buttons, clientX }) => {
    if (buttons === 0 || dragged === undefined) return
    view.move((dragged - clientX) / canvas.clientWidth)
    dragged = clientX
    onMove()
  })
  canvas.addEventListener('wheel', wheel, { passive: false })
}
