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

describe('an old answer puts a spent cookie back', { repeats: REPEATS - 1 }, () => {
  test('beside the newest, which counts', async (context) => {
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

  test('in the place of the newest: the last step is repeated', async (context) => {
    needs(context, 'losing the process of a tab')
    const { backend, tab, newest } = await receiveLate()
    // As if the server gave all its cookies one name: the last to arrive is the only one.
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

/** A tab that has renewed twice when the answer to a refresh before that arrives. */
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
