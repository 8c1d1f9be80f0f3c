import type { Entry, Kind, Outcome } from '../model/entry.ts'
import type { Lane } from '../model/lanes.ts'
import { textOf } from '../model/words.ts'
import type { Sheet } from './sheet.ts'

/** The height of one tab's lane, in CSS pixels. */
export const LANE = 110

/** The vertical positions within a lane. */
export const ROWS = {
  mark: { y: 4, height: 18 },
  token: { y: 26, height: 14 },
  renewal: { y: 46, height: 12 },
  lock: { y: 60, height: 4 },
  call: { y: 70, height: 18 },
  activity: { y: 94, height: 8 },
}
const CALL_ROWS = 3
/** A tab that gets the lock at once has not waited for it. */
const SHORTEST_WAIT_MS = 20

/** Draws what one tab did and saw, `top` pixels down. */
export function drawLane(sheet: Sheet, { entries, leftAt }: Lane, top: number): void {
  const { context, palette, start, end, now, xOf, label } = sheet
  const seen = entries.filter(
    ({ at, until }) => at < end && (until ?? now) > start - (end - start) / 4,
  )
  const of = (...kinds: readonly Kind[]): Entry[] => seen.filter(({ kind }) => kinds.includes(kind))

  // The warning lies behind everything that happens during it.
  for (const each of of('warning')) drawWarning(sheet, each, top)
  for (const each of of('token')) drawToken(sheet, each, top)
  for (const each of of('renewal')) drawBar(sheet, each, top + ROWS.renewal.y, ROWS.renewal.height)
  for (const each of of('lock', 'queue')) drawLock(sheet, each, top)
  for (const each of of('activity')) drawActivity(sheet, each, top)
  drawCalls(sheet, of('call'), top)
  // The label of each may be as wide as the space up to the next.
  const marks = of('log', 'warning', 'mishap')
  marks.forEach((each, index) =>
    drawMark(sheet, each, top, xOf(Math.min(marks[index + 1]?.at ?? Infinity, leftAt ?? Infinity))),
  )
  if (leftAt === null || leftAt >= end) return
  const from = Math.max(xOf(leftAt), xOf(start))
  context.fillStyle = palette.card
  context.globalAlpha = 0.6
  context.fillRect(from, top + 1, sheet.width, LANE - 1)
  context.globalAlpha = 1
  label('tab gone', from + 4, top + ROWS.mark.y + 9, palette.soft)
}

/** A band over the whole lane: darker for the time that has passed, pale for the rest. */
function drawWarning({ context, palette, now, xOf }: Sheet, each: Entry, top: number): void {
  const [from, to] = [xOf(each.at), xOf(each.until ?? now)]
  const passed = Math.min(to, xOf(now))
  context.fillStyle = palette.warning
  context.globalAlpha = 0.16
  context.fillRect(from, top + 1, to - from, LANE - 1)
  context.fillRect(from, top + 1, Math.max(0, passed - from), LANE - 1)
  context.globalAlpha = 1
  context.fillRect(from, top + LANE - 4, to - from, 3)
}

function drawToken(sheet: Sheet, each: Entry, top: number): void {
  const { context, palette, now, xOf, boxOf, round } = sheet
  const { y, height: tall } = ROWS.token
  const box = boxOf(each, each.until ?? now, top + y, tall)
  context.fillStyle = palette.accent
  context.globalAlpha = 0.3
  // A gap between one token and the next.
  round(box.x + 1, box.y, Math.max(1, box.width - 2), tall, 4)
  const lived = Math.min(box.x + box.width, xOf(now)) - box.x
  context.globalAlpha = 0.85
  if (lived > 2) round(box.x + 1, box.y, Math.min(lived, box.width - 1) - 1, tall, 4)
  context.globalAlpha = 1
}

function drawBar(sheet: Sheet, each: Entry, y: number, tall: number): void {
  const { context, palette, now, boxOf, round } = sheet
  const box = boxOf(each, each.until ?? now, y, tall)
  const { kind, outcome } = each
  const colour = kind === 'renewal' ? palette.renewal : palette.good
  context.fillStyle = outcome === null ? palette.soft : outcome === 'good' ? colour : palette.bad
  context.strokeStyle = context.fillStyle
  if (kind === 'renewal' && outcome === null) context.fillStyle = colour
  if (outcome === null) context.globalAlpha = 0.55
  // Hollow: no answer came.
  if (outcome === 'lost') {
    context.lineWidth = 1.5
    context.strokeRect(box.x + 0.75, y + 0.75, Math.max(1.5, box.width - 1.5), tall - 1.5)
  } else round(box.x, y, box.width, tall, 2)
  context.globalAlpha = 1
}

/** Calls that overlap are drawn below each other, as far as there is space. */
function drawCalls(sheet: Sheet, calls: readonly Entry[], top: number): void {
  const { y, height } = ROWS.call
  const tall = height / CALL_ROWS
  const busyUntil: number[] = Array.from({ length: CALL_ROWS }, () => -Infinity)
  for (const each of calls) {
    const free = busyUntil.findIndex((until) => until < sheet.xOf(each.at))
    const row = free === -1 ? busyUntil.indexOf(Math.min(...busyUntil)) : free
    drawBar(sheet, each, top + y + row * tall, tall - 1)
    const { x = 0, width = 0 } = sheet.boxes.at(-1) ?? {}
    busyUntil[row] = x + width + 1
  }
}

function drawLock({ context, palette, now, boxOf }: Sheet, each: Entry, top: number): void {
  const { y, height: tall } = ROWS.lock
  const until = each.until ?? now
  if (each.kind === 'queue' && until - each.at < SHORTEST_WAIT_MS) return
  const box = boxOf(each, until, top + y, tall)
  context.fillStyle = palette.lock
  if (each.kind === 'lock') return context.fillRect(box.x, box.y, box.width, tall)
  for (let x = box.x; x < box.x + box.width; x += 7) context.fillRect(x, box.y + 1, 3, 2)
}

function drawActivity(sheet: Sheet, each: Entry, top: number): void {
  const { context, palette, now, boxOf, round } = sheet
  const { y, height: tall } = ROWS.activity
  const box = boxOf(each, each.until ?? now, top + y, tall)
  context.fillStyle = palette.text
  context.globalAlpha = 0.55
  round(box.x, box.y, box.width, tall, tall / 2)
  context.globalAlpha = 1
}

function drawMark(sheet: Sheet, each: Entry, top: number, nextX: number): void {
  const { context, palette, xOf, label, boxes } = sheet
  const x = Math.round(xOf(each.at))
  const isWarning = each.kind === 'warning'
  const colour = isWarning ? palette.warning : colourOf(sheet, each.outcome)
  context.fillStyle = colour
  context.fillRect(x, top + 2, each.outcome === 'bad' && !isWarning ? 3 : 1.5, LANE - 4)
  const wide = label(textOf(each), x + 6, top + ROWS.mark.y + 9, colour, nextX - x - 10)
  boxes.push({ x, y: top + 2, width: wide + 6, height: 20, entry: each })
}

function colourOf({ palette }: Sheet, outcome: Outcome | null): string {
  return outcome === 'bad' ? palette.bad : outcome === 'good' ? palette.good : palette.soft
}
