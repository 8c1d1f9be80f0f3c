import { until } from '../../support/patience.ts'
import type { Page } from './tab.ts'

/**
 * Goes one page back by script and waits until the other page is there. The commands of the drivers wait for a load event,
 * which a page out of the back/forward cache does not have: in Firefox they would wait for ever.
 */
export async function goBack(evaluate: Page['evaluate']): Promise<void> {
  const left = await evaluate(() => {
    setTimeout(() => history.back())
    return location.href
  })
  await until('the page before is there', () =>
    evaluate(
      // While one page makes way for the other there is an empty one, or none to ask.
      (left) =>
        ![left, 'about:blank'].includes(location.href) && document.readyState === 'complete',
      left,
    ).catch(() => false),
  )
}
