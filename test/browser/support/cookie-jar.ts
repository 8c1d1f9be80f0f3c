import type { Tab } from './chromium.ts'

const NAME = /^rt-[\w-]+-(\d+)$/

/** The numbers of the refresh tokens that the browser of this tab has cookies of, in order. */
export async function refreshCookies({ page }: Tab): Promise<number[]> {
  const cookies = await page.browserContext().cookies()
  const numbers = cookies.flatMap(({ name }) => NAME.exec(name)?.[1] ?? [])
  return numbers.map(Number).sort((a, b) => a - b)
}
