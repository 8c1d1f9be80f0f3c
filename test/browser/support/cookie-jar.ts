import type { Context } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import type { Tab } from '../engines/tab.ts'

const NAME = /^rt-[\w-]+-(\d+)$/

/** The path at which a backend answers with the names of the cookies that it gets, and deletes those in `?remove`. */
export const JAR = '/auth/jar'

/** The backend's handler of {@link JAR}. */
export function answerJar(c: Context): Response {
  for (const name of c.req.queries('remove') ?? []) deleteCookie(c, name, { path: '/auth' })
  return c.json(Object.keys(getCookie(c)))
}

/** The numbers of the refresh tokens in the browser's cookies, in order. */
export async function refreshCookies(tab: Tab): Promise<number[]> {
  const numbers = (await names(tab)).map((name) => Number(NAME.exec(name)?.[1]))
  return numbers.sort((a, b) => a - b)
}

/** Deletes the refresh cookie of this number. */
export async function removeRefreshCookie(tab: Tab, number: number): Promise<void> {
  const gone = (await names(tab)).filter((name) => name.endsWith(`-${String(number)}`))
  const query = new URLSearchParams(gone.map((name) => ['remove', name]))
  await ask(tab, `${JAR}?${query.toString()}`)
}

async function names(tab: Tab): Promise<string[]> {
  return (await ask(tab, JAR)).filter((name) => NAME.test(name))
}

function ask({ page }: Tab, url: string): Promise<string[]> {
  return page.evaluate(
    async (url) => (await (await fetch(url, { cache: 'no-store' })).json()) as string[],
    url,
  )
}
