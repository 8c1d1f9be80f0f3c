import type { Entry } from '../model/entry.ts'
import type { TimelineView } from './view.ts'

/** The space for the captions of the lanes; the time axis begins to its right. */
export const GUTTER = 70
const SHORTEST_BAR = 3

/** The colours of the tools, as they are now: light or dark. */
export type Palette = Readonly<Record<(typeof COLOURS)[number], string>>

const COLOURS = [
  'text',
  'soft',
  'line',
  'card',
  'accent',
  'renewal',
  'lock',
  'good',
  'bad',
  'warning',
] as const

/** Reads the colours that the style gives to `host`. */
export function readPalette(host: Element): Palette {
  const style = getComputedStyle(host)
  return Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Palette
}

/** Something drawn, for the pointer to find. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly entry: Entry
}

/** The surface of the timeline. Time runs from left to right, and text stays readable over everything else. */
export interface Sheet {
  readonly context: CanvasRenderingContext2D
  readonly palette: Palette
  readonly width: number
  /** The range of time that is shown. */
  readonly start: number
  readonly end: number
  readonly now: number
  /** Everything drawn so far, in order. */
  readonly boxes: Box[]
  xOf(at: number): number
  /** The place of something that lasts until `to`; never too narrow to be seen. */
  boxOf(entry: Entry, to: number, y: number, tall: number): Box
  round(x: number, y: number, wide: number, tall: number, radius: number): void
  /** Writes text on a background of its own, cut to the space there is. Returns its width. */
  label(text: string, x: number, y: number, colour: string, room?: number): number
}

/** Creates a surface for one drawing. */
export function createSheet(
  context: CanvasRenderingContext2D,
  width: number,
  view: Pick<TimelineView, 'start' | 'spanMs'>,
  now: number,
  palette: Palette,
): Sheet {
  const boxes: Box[] = []
  const start = view.start()
  const xOf = (at: number): number => GUTTER + ((at - start) / view.spanMs) * (width - GUTTER)

  function boxOf(entry: Entry, to: number, y: number, tall: number): Box {
    const x = xOf(entry.at)
    const box = { x, y, width: Math.max(SHORTEST_BAR, xOf(to) - x), height: tall, entry }
    boxes.push(box)
    return box
  }

  function round(x: number, y: number, wide: number, tall: number, radius: number): void {
    // Not `roundRect`, which browsers of Safari 16's time do not all have.
    const r = Math.min(radius, wide / 2, tall / 2)
    const [right, bottom] = [x + wide, y + tall]
    context.beginPath()
    context.moveTo(x + r, y)
    context.arcTo(right, y, right, bottom, r)
    context.arcTo(right, bottom, x, bottom, r)
    context.arcTo(x, bottom, x, y, r)
    context.arcTo(x, y, right, y, r)
    context.fill()
  }

  function label(text: string, x: number, y: number, colour: string, room = Infinity): number {
    context.font = '11px system-ui, sans-serif'
    context.textAlign = 'left'
    const at = Math.max(GUTTER + 4, Math.min(x, width - context.measureText(text).width - 4))
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

  return {
    ...{ context, palette, width, start, now, boxes, xOf, boxOf, round, label },
    end: start + view.spanMs,
  }
}
