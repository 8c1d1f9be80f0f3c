/** The colours of the page, as they are now: light or dark. */
export type Palette = Readonly<Record<(typeof COLOURS)[number], string>>

const COLOURS = [
  'text',
  'soft',
  'line',
  'card',
  'page',
  'accent',
  'renewal',
  'lock',
  'good',
  'bad',
  'warning',
] as const

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`)]),
  ) as Palette
}
