import * as Plot from '@observablehq/plot'
import { Window } from 'happy-dom'

/** One line of a chart: its name, and the refreshes per second in each of its steps. */
export interface Line {
  readonly name: string
  readonly points: readonly { readonly at: number; readonly rate: number }[]
}

/** A chart of refreshes per second over time. */
export interface Chart {
  readonly title: string
  readonly subtitle: string
  /** The unit of the time axis. */
  readonly time: string
  readonly lines: readonly Line[]
  /** The times of an outage or another disturbance. */
  readonly shaded?: { readonly from: number; readonly to: number; readonly name: string }
  /** The limit that no second may exceed. */
  readonly limit?: { readonly rate: number; readonly name: string }
}

// Colours that colour-blind readers can tell apart; the last one is drawn beneath the others.
const COLOURS = ['#0072b2', '#d55e00', '#009e73']
const INK = '#333333'
const LEGEND_PX = 220

/** Draws a chart as an SVG file that looks right on light and dark pages. */
export function drawChart({ title, subtitle, time, lines, shaded, limit }: Chart): string {
  const { document } = new Window()
  const width = 760
  const plot = Plot.plot({
    // The part of a document that Plot needs.
    document: document as unknown as Document,
    width,
    height: 340,
    marginTop: 76,
    marginBottom: 42,
    marginLeft: 64,
    marginRight: 20,
    style: {
      background: 'white',
      color: INK,
      fontFamily: 'system-ui, sans-serif',
      fontSize: '12px',
    },
    x: { label: time, labelAnchor: 'center', labelArrow: 'none', ticks: 12 },
    y: {
      label: null,
      grid: true,
      tickFormat: (rate: number) => rate.toLocaleString('en'),
    },
    marks: [
      ...(shaded
        ? [
            Plot.rect([shaded], { x1: 'from', x2: 'to', fill: '#eeeeee' }),
            Plot.text([shaded], {
              x: (shaded.from + shaded.to) / 2,
              frameAnchor: 'top',
              dy: 6,
              text: 'name',
            }),
          ]
        : []),
      Plot.ruleY([0], { stroke: INK }),
      ...lines.toReversed().map(({ points }, index) =>
        Plot.lineY(points, {
          x: 'at',
          y: 'rate',
          stroke: COLOURS[lines.length - 1 - index] ?? INK,
          strokeWidth: 1.5,
        }),
      ),
      ...(limit
        ? [
            Plot.ruleY([limit], { y: 'rate', stroke: INK, strokeDasharray: '5 4' }),
            Plot.text([limit], {
              y: 'rate',
              frameAnchor: 'right',
              textAnchor: 'end',
              dx: -4,
              dy: -8,
              text: 'name',
            }),
          ]
        : []),
      heading(title, -60, INK, { fontSize: 15, fontWeight: 'bold' }),
      heading(`Refreshes per second. ${subtitle}.`, -42, INK),
      ...lines.map(({ name }, index) =>
        heading(`━ ${name}`, -22, COLOURS[index] ?? INK, {
          dx: index * LEGEND_PX,
          fontWeight: 'bold',
        }),
      ),
    ],
  })
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${plot.outerHTML}\n`
}

/** A line of text above the chart. */
function heading(text: string, dy: number, fill: string, more: Plot.TextOptions = {}): Plot.Text {
  return Plot.text([text], { text: [text], frameAnchor: 'top-left', dy, fill, ...more })
}
