import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import type { Tab } from './engines/tab.ts'
import { refreshCookies, removeRefreshCookie } from './support/cookie-jar.ts'
import { REPEATS } from './support/repeats.ts'
import { burst, expectUndisturbed, expire, openSession } from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const REFRESH = '/auth/refresh'

const newContext = useBrowser()
const start = useBackend()

describe('a late answer that sets a spent cookie again', { repeats: REPEATS - 1 }, () => {
  test('beside the newest cookie changes nothing: the server goes by the newest', async (context) => {
    needs(context, 'losing the process of a tab')
    const { backend, tab, newest } = await receiveLate()
    const before = backend.refreshes()
    await expire(backend, [tab])
    expect(await burst(tab, 1)).toEqual([{ status: 200 }])
    expect(backend.refreshes()).toMatchObject({
      rotations: before.rotations + 1,
      superseded: before.superseded,
      reuses: 0,
    })
    expect(await refreshCookies(tab)).toEqual([newest + 1])
    await expectUndisturbed([tab])
  })

  test('in place of the newest cookie makes the page repeat the last rotation', async (context) => {
    needs(context, 'losing the process of a tab')
    const { backend, tab, newest } = await receiveLate()
    // As with a server whose cookies all have one name: the one that arrives last replaces the others.
    await removeRefreshCookie(tab, newest)
    expect(await refreshCookies(tab)).toEqual([newest - 1])
    const before = backend.refreshes()
    for (let time = 1; time <= 2; time++) {
      await expire(backend, [tab])
      expect(await burst(tab, 1)).toEqual([{ status: 200 }])
    }
    expect(backend.refreshes()).toMatchObject({
      superseded: before.superseded + 1,
      repeats: before.repeats + 1,
      rotations: before.rotations + 1,
      reuses: 0,
    })
    expect(await refreshCookies(tab)).toEqual([newest + 1])
    await expectUndisturbed([tab])
  })
})

/** Lets one tab renew twice, and then the answer to an earlier refresh arrive. */
async function receiveLate(): Promise<{
  readonly backend: Backend
  readonly tab: Tab
  readonly newest: number
}> {
  const backend = await start()
  const browser = await newContext()
  const [slow, tab] = await openSession(
    backend,
    browser,
    { tab: 'slow', mode: 'cookie' },
    { tab: 'quick', mode: 'cookie' },
  )
  const gate = backend.hold('answers', REFRESH, 1)
  await expire(backend, [slow])
  void burst(slow, 1).catch(() => undefined)
  await gate.reached(1)
  await slow.crash()
  for (let renewal = 1; renewal <= 2; renewal++) {
    await expire(backend, [tab])
    expect(await burst(tab, 1)).toEqual([{ status: 200 }])
  }
  const [newest = 0, ...others] = await refreshCookies(tab)
  expect(others).toEqual([])
  gate.open()
  await until('the old cookie is back', async () => (await refreshCookies(tab)).length === 2)
  expect(await refreshCookies(tab)).toEqual([newest - 1, newest])
  return { backend, tab, newest }
}
