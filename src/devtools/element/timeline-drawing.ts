import type { Lane } from '../model/lanes.ts'
import { drawLane, LANE, ROWS } from './lane-drawing.ts'
import { createSheet, GUTTER, type Box, type Palette, type Sheet } from './sheet.ts'
import type { TimelineView } from './view.ts'

const AXIS = 22
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600, 4 * 3_600, 12 * 3_600]
const LABEL_ROOM = 62
const DAY_S = 86_400

/** What is drawn, and how. */
export interface Drawing {
  readonly lanes: readonly Lane[]
  readonly view: Pick<TimelineView, 'start' | 'spanMs'>
  /** Epoch milliseconds. */
  readonly now: number
  /** The number of this tab; `null` for the day of another browser. */
  readonly here: number | null
  readonly palette: Palette
}

/** How tall the timeline is, in CSS pixels. */
export function heightFor(laneCount: number): number {
  return AXIS + LANE * laneCount
}

/** Draws all lanes; returns what was drawn where. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  { lanes, view, now, here, palette }: Drawing,
): readonly Box[] {
  const sheet = createSheet(context, width, view, now, palette)
  const height = heightFor(lanes.length)
  context.clearRect(0, 0, width, height)
  context.textBaseline = 'middle'
  drawAxis(sheet, height)
  lanes.forEach((lane, index) => drawCaptions(sheet, lane, AXIS + index * LANE, here))
  context.save()
  context.beginPath()
  context.rect(GUTTER, 0, width - GUTTER, height)
  context.clip()
  drawRenewalLines(sheet, lanes, height)
  lanes.forEach((lane, index) => drawLane(sheet, lane, AXIS + index * LANE))
  context.fillStyle = palette.text
  context.fillRect(Math.round(sheet.xOf(now)), AXIS - 4, 1.5, height)
  context.restore()
  return sheet.boxes
}

/** The time of day, not how long ago: a picture that is drawn only when something changes stays true. */
function drawAxis({ context, palette, width, start, end, xOf }: Sheet, height: number): void {
  const stepMs = stepFor(end - start, width - GUTTER)
  const zoneMs = new Date(start).getTimezoneOffset() * 60_000
  const first = Math.ceil((start - zoneMs) / stepMs) * stepMs + zoneMs
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'center'
  for (let at = first; at <= end; at += stepMs) {
    const x = xOf(at)
    if (x < GUTTER + 16) continue
    context.fillStyle = palette.line
    context.fillRect(Math.round(x), AXIS - 4, 1, height)
    context.fillStyle = palette.soft
    if (x < width - LABEL_ROOM / 2) context.fillText(clockOf(at), x, AXIS / 2 - 2)
  }
}

/** The time between lines of the axis that leaves space for their labels, in milliseconds. */
export function stepFor(spanMs: number, width: number): number {
  return (STEPS_S.find((each) => (each * 1_000 * width) / spanMs >= LABEL_ROOM) ?? DAY_S) * 1_000
}

function clockOf(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}

function drawCaptions(
  { context, palette, width }: Sheet,
  { tab, leftAt }: Lane,
  top: number,
  here: number | null,
): void {
  context.fillStyle = palette.line
  context.fillRect(0, top, width, 1)
  context.textAlign = 'left'
  context.font = 'bold 13px system-ui, sans-serif'
  context.fillStyle = leftAt === null ? palette.text : palette.soft
  const name = `Tab ${tab}`
  const y = top + ROWS.mark.y + 9
  context.fillText(name, 2, y)
  if (tab === here) {
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
    ['activity', 'activity'],
  ] as const)
    context.fillText(caption, 2, top + ROWS[row].y + ROWS[row].height / 2)
}

/** One line through all lanes where a renewal brought a token: every tab that uses this token has it from there. */
function drawRenewalLines(
  { context, palette, xOf }: Sheet,
  lanes: readonly Lane[],
  height: number,
): void {
  context.fillStyle = palette.renewal
  context.globalAlpha = 0.6
  for (const { entries } of lanes)
    for (const { kind, until, outcome } of entries)
      if (kind === 'renewal' && outcome === 'good' && until !== null)
        context.fillRect(Math.round(xOf(until)), AXIS, 1.5, height)
  context.globalAlpha = 1
}
