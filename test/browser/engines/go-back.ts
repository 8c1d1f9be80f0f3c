import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

const ASK_AGAIN_MS = 1_000

/**
 * Goes one page back by script, and waits until the other page is there. The commands of the drivers wait for a load event.
 * A page out of the back/forward cache has none, so in Firefox they would never return.
 */
export async function goBack(evaluate: Page['evaluate']): Promise<void> {
  const left = await evaluate(() => {
    setTimeout(() => history.back())
    return location.href
  })
  let isThere = false
  let seen = 'no page answered'
  async function ask(): Promise<void> {
    try {
      const [url, readiness] = await evaluate(() => [location.href, document.readyState])
      seen = `the last page that answered was ${url}, ${readiness}`
      // While one page is replaced by the other there is an empty page, or none that could answer.
      isThere ||= ![left, 'about:blank'].includes(url) && readiness === 'complete'
    } catch {
      // The page that was asked is gone.
    }
  }
  await until(
    () => `the page before is there: ${seen}`,
    async () => {
      // A page that has just gone into the cache answers only when it comes out again, so ask again after a while.
      await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))])
      return isThere
    },
  )
}
