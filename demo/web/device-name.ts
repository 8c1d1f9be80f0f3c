/** The name of this browser in the list of sessions, as a user would say it: "Chrome on Linux". */
export function deviceName(agent: string = navigator.userAgent): string {
  const first = (names: readonly (readonly [string, RegExp])[]): string | undefined =>
    names.find(([, pattern]) => pattern.test(agent))?.[0]
  const browser = first([
    ['Edge', /Edg\//],
    ['Opera', /OPR\//],
    ['Firefox', /Firefox\//],
    ['Chrome', /Chrom(e|ium)\//],
    ['Safari', /Safari\//],
  ])
  const system = first([
    ['Android', /Android/],
    ['iPhone', /iPhone/],
    ['iPad', /iPad/],
    ['Windows', /Windows/],
    ['a Mac', /Mac OS X/],
    ['Linux', /Linux/],
  ])
  return `${browser ?? 'A browser'} on ${system ?? 'some device'}`
}
