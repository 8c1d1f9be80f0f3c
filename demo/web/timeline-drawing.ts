import type { Lane } from './logbook.ts'
import type { Observation, Outcome } from './observation.ts'
import { trueNow } from './page-clock.ts'
import type { Palette } from './palette.ts'
import { tabNumber } from './tab-number.ts'
import { inShort, stepFor } from './time-axis.ts'
import type { TimelineView } from './timeline-view.ts'

const GUTTER = 70
const AXIS = 22
const LANE = 96
const ROWS = {
  mark: { y: 4, height: 18 },
  token: { y: 26, height: 14 },
  renewal: { y: 46, height: 12 },
  lock: { y: 60, height: 4 },
  call: { y: 70, height: 18 },
}
const CALL_ROWS = 3
const SHORTEST_BAR = 3

/** Something drawn, for whoever points at it. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly observation: Observation
}

export function heightFor(laneCount: number): number {
  return AXIS + LANE * laneCount
}

/** Draws all lanes; returns where what was drawn. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  all: readonly Lane[],
  view: TimelineView,
  palette: Palette,
): Box[] {
  const boxes: Box[] = []
  const start = view.start()
  const now = trueNow()
  const xOf = (at: number): number => GUTTER + ((at - start) / view.spanMs) * (width - GUTTER)
  const height = heightFor(all.length)
  const nowX = xOf(now)

  context.clearRect(0, 0, width, height)
  context.textBaseline = 'middle'
  drawAxis()
  all.forEach((lane, index) => drawCaptions(lane, AXIS + index * LANE))
  context.save()
  context.beginPath()
  context.rect(GUTTER, 0, width - GUTTER, height)
  context.clip()
  drawRenewalLines()
  all.forEach((lane, index) => drawLane(lane, AXIS + index * LANE))
  drawNow()
  context.restore()
  return boxes

  function drawAxis(): void {
    const stepMs = stepFor(view.spanMs, width - GUTTER)
    context.font = '11px system-ui, sans-serif'
    context.textAlign = 'center'
    for (let ago = 0; ago <= now - start; ago += stepMs) {
      const x = xOf(now - ago)
      if (x < GUTTER + 16 || x > width) continue
      context.fillStyle = palette.line
      context.fillRect(Math.round(x), AXIS - 4, 1, height)
      context.fillStyle = palette.soft
      context.fillText(ago === 0 ? 'now' : `−${inShort(ago)}`, x, AXIS / 2 - 2)
    }
  }

  function drawCaptions({ tab, leftAt }: Lane, top: number): void {
    context.fillStyle = palette.line
    context.fillRect(0, top, width, 1)
    context.textAlign = 'left'
    context.font = 'bold 13px system-ui, sans-serif'
    context.fillStyle = leftAt === null ? palette.text : palette.soft
    const name = `Tab ${tab}`
    const y = top + ROWS.mark.y + 9
    context.fillText(name, 2, y)
    if (tab === tabNumber) {
      const { width: wide } = context.measureText(name)
      context.font = '11px system-ui, sans-serif'
      context.fillStyle = palette.accent
      context.fillText('here', wide + 7, y)
    }
    context.font = '11px system-ui, sans-serif'
    context.fillStyle = palette.soft
    for (const [row, caption] of [
      ['token', 'token'],
      ['renewal', 'renewal'],
      ['call', 'calls'],
    ] as const)
      context.fillText(caption, 2, top + ROWS[row].y + ROWS[row].height / 2)
  }

  /** One line through all lanes where a renewal brought a token: whoever uses it has it from there. */
  function drawRenewalLines(): void {
    context.fillStyle = palette.renewal
    context.globalAlpha = 0.6
    for (const { observations } of all)
      for (const { kind, to, outcome } of observations.values())
        if (kind === 'renewal' && outcome === 'good' && to !== null)
          context.fillRect(Math.round(xOf(to)), AXIS, 1.5, height)
    context.globalAlpha = 1
  }

  function drawLane({ observations, leftAt }: Lane, top: number): void {
    const seen = [...observations.values()].filter(
      ({ from, to }) => from < start + view.spanMs && (to ?? now) > start - view.spanMs / 4,
    )
    const marks: Observation[] = []
    const busyUntil: number[] = Array.from({ length: CALL_ROWS }, () => -Infinity)
    for (const each of seen.sort((one, other) => one.from - other.from)) {
      switch (each.kind) {
        case 'token':
          drawToken(each, top)
          break
        case 'renewal':
          drawBar(each, top + ROWS.renewal.y, ROWS.renewal.height, palette.renewal)
          break
        case 'lock':
        case 'queue':
          drawLock(each, top)
          break
        case 'call': {
          const free = busyUntil.findIndex((until) => until < xOf(each.from))
          const row = free === -1 ? busyUntil.indexOf(Math.min(...busyUntil)) : free
          busyUntil[row] = Math.max(xOf(each.to ?? now), xOf(each.from) + SHORTEST_BAR) + 1
          const rowHeight = ROWS.call.height / CALL_ROWS
          drawBar(each, top + ROWS.call.y + row * rowHeight, rowHeight - 1, palette.good)
          break
        }
        case 'mark':
          marks.push(each)
      }
    }
    // The room of each ends where the next begins.
    marks.forEach((each, index) =>
      drawMark(each, top, xOf(Math.min(marks[index + 1]?.from ?? Infinity, leftAt ?? Infinity))),
    )
    if (leftAt !== null && leftAt > start) {
      context.fillStyle = palette.card
      context.globalAlpha = 0.6
      context.fillRect(xOf(leftAt), top + 1, width, LANE - 1)
      context.globalAlpha = 1
      label('tab gone', xOf(leftAt) + 4, top + ROWS.mark.y + 9, palette.soft)
    }
  }

  function drawToken(each: Observation, top: number): void {
    const { y, height: tall } = ROWS.token
    const box = boxOf(each, each.to ?? now, top + y, tall)
    context.fillStyle = palette.accent
    context.globalAlpha = 0.3
    // Room between one token and the next.
    round(box.x + 1, box.y, Math.max(1, box.width - 2), tall, 4)
    const lived = Math.min(box.x + box.width, nowX) - box.x
    context.globalAlpha = 0.85
    if (lived > 2) round(box.x + 1, box.y, Math.min(lived, box.width - 1) - 1, tall, 4)
    context.globalAlpha = 1
  }

  function drawBar(each: Observation, y: number, tall: number, colour: string): void {
    const box = boxOf(each, each.to ?? now, y, tall)
    const { outcome } = each
    context.fillStyle = outcome === null ? palette.soft : outcome === 'good' ? colour : palette.bad
    context.strokeStyle = context.fillStyle
    if (each.kind === 'renewal' && outcome === null) context.fillStyle = colour
    if (outcome === null) context.globalAlpha = 0.55
    // Hollow: nothing came back.
    if (outcome === 'lost') {
      context.lineWidth = 1.5
      context.strokeRect(box.x + 0.75, y + 0.75, Math.max(1.5, box.width - 1.5), tall - 1.5)
    } else round(box.x, y, box.width, tall, 2)
    context.globalAlpha = 1
  }

  function drawLock(each: Observation, top: number): void {
    const { y, height: tall } = ROWS.lock
    const box = boxOf(each, each.to ?? now, top + y, tall)
    context.fillStyle = palette.lock
    if (each.kind === 'lock') return context.fillRect(box.x, box.y, box.width, tall)
    for (let x = box.x; x < box.x + box.width; x += 7) context.fillRect(x, box.y + 1, 3, 2)
  }

  function drawMark(each: Observation, top: number, nextX: number): void {
    const x = Math.round(xOf(each.from))
    const colour = colourOf(each.outcome)
    context.fillStyle = colour
    const isBad = each.outcome === 'bad'
    context.fillRect(x, top + 2, isBad ? 3 : 1.5, LANE - 4)
    const room = nextX - x - 10
    const wide = label(each.text, x + 6, top + ROWS.mark.y + 9, colour, room)
    boxes.push({ x, y: top + 2, width: wide + 6, height: 20, observation: each })
  }

  function colourOf(outcome: Outcome | null): string {
    return outcome === 'bad' ? palette.bad : outcome === 'good' ? palette.good : palette.soft
  }

  /** On a ground of its own, so that it can be read over lines and bars, and cut to the room there is; returns how wide it is. */
  function label(text: string, x: number, y: number, colour: string, room = Infinity): number {
    context.font = '11px system-ui, sans-serif'
    context.textAlign = 'left'
    const at = Math.max(GUTTER + 2, Math.min(x, width - context.measureText(text).width - 4))
    const shown = cut(text, room - (at - x))
    const { width: wide } = context.measureText(shown)
    if (shown === '') return 0
    context.fillStyle = palette.card
    context.globalAlpha = 0.85
    context.fillRect(at - 2, y - 8, wide + 4, 16)
    context.globalAlpha = 1
    context.fillStyle = colour
    context.fillText(shown, at, y)
    return wide
  }

  function cut(text: string, room: number): string {
    if (context.measureText(text).width <= room) return text
    let length = text.length
    while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > room) length--
    return length < 4 ? '' : `${text.slice(0, length).trimEnd()}…`
  }

  function drawNow(): void {
    context.fillStyle = palette.text
    context.fillRect(Math.round(nowX), AXIS - 4, 1.5, height)
  }

  function boxOf(observation: Observation, to: number, y: number, tall: number): Box {
    const x = xOf(observation.from)
    const box = { x, y, width: Math.max(SHORTEST_BAR, xOf(to) - x), height: tall, observation }
    boxes.push(box)
    return box
  }

  function round(x: number, y: number, wide: number, tall: number, radius: number): void {
    context.beginPath()
    context.roundRect(x, y, wide, tall, Math.min(radius, wide / 2))
    context.fill()
  }
}
