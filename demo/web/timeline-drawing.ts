import { drawLane, LANE, ROWS } from './lane-drawing.ts'
import type { Lane } from './logbook.ts'
import { isNaive } from './mode.ts'
import type { Palette } from './palette.ts'
import { createSheet, GUTTER, type Box, type Sheet } from './sheet.ts'
import { tabNumber } from './tab-number.ts'
import { inShort, stepFor } from './time-axis.ts'
import type { TimelineView } from './timeline-view.ts'

const AXIS = 22

export function heightFor(laneCount: number): number {
  return AXIS + LANE * laneCount
}

/** Draws all lanes; returns what was drawn where. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  all: readonly Lane[],
  view: TimelineView,
  palette: Palette,
): readonly Box[] {
  const sheet = createSheet(context, width, view, palette)
  const height = heightFor(all.length)
  context.clearRect(0, 0, width, height)
  context.textBaseline = 'middle'
  drawAxis(sheet, height)
  all.forEach((lane, index) => drawCaptions(sheet, lane, AXIS + index * LANE))
  context.save()
  context.beginPath()
  context.rect(GUTTER, 0, width - GUTTER, height)
  context.clip()
  drawRenewalLines(sheet, all, height)
  all.forEach((lane, index) => drawLane(sheet, lane, AXIS + index * LANE))
  context.fillStyle = palette.text
  context.fillRect(Math.round(sheet.xOf(sheet.now)), AXIS - 4, 1.5, height)
  context.restore()
  return sheet.boxes
}

function drawAxis({ context, palette, width, start, end, now, xOf }: Sheet, height: number): void {
  const stepMs = stepFor(end - start, width - GUTTER)
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

function drawCaptions(
  { context, palette, width }: Sheet,
  { tab, leftAt }: Lane,
  top: number,
): void {
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
    ['activity', isNaive ? '' : 'activity'],
  ] as const)
    context.fillText(caption, 2, top + ROWS[row].y + ROWS[row].height / 2)
}

/** One line through all lanes where a renewal brought a token: every tab that uses this token has it from there. */
function drawRenewalLines(
  { context, palette, xOf }: Sheet,
  all: readonly Lane[],
  height: number,
): void {
  context.fillStyle = palette.renewal
  context.globalAlpha = 0.6
  for (const { observations } of all)
    for (const { kind, to, outcome } of observations.values())
      if (kind === 'renewal' && outcome === 'good' && to !== null)
        context.fillRect(Math.round(xOf(to)), AXIS, 1.5, height)
  context.globalAlpha = 1
}
