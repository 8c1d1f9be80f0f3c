import { describe, expect, test } from 'vitest'
import type { Page } from './engines/tab.ts'
import { useBrowser } from './engines/browser.ts'
import { isShown, press, useDemo } from './support/demo-page.ts'
import { CALLS, tabOpener, settled, STORM, storm, tally } from './support/demo-tabs.ts'
import { until } from '../support/patience.ts'

// The faults that the buttons of the demo's page cause, with latchkey and with its naive client.

const openTabs = tabOpener(useDemo(), useBrowser())

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test('latchkey renews once and keeps the session when all tabs need a token at once', async () => {
    const { tabs, rows } = await openTabs({ mode, with: 'latchkey' })
    await storm(tabs)
    for (const tab of tabs) {
      expect(await tally(tab.page)).toEqual([STORM, 0])
      expect(await isShown(tab.page, '#log-out')).toBe(true)
      expect(await isShown(tab.page, '#naive-notice')).toBe(false)
    }
    expect(rows().filter((row) => row === 'S2')).toHaveLength(1)
    expect(rows()).not.toContain('S7')
  })

  test('latchkey keeps the session when the answer to the renewal is slow', async () => {
    const { tabs, rows } = await openTabs({ mode, with: 'latchkey' })
    await press(tabs[0].page, '#slow')
    for (const tab of tabs) {
      await settled(tab.page, CALLS)
      expect(await tally(tab.page)).toEqual([CALLS, 0])
      expect(await isShown(tab.page, '#log-out')).toBe(true)
    }
    expect(rows().filter((row) => row === 'S2')).toHaveLength(1)
  })

  test('latchkey keeps the session when the answer to the renewal is lost', async () => {
    const { tabs, rows } = await openTabs({ mode, with: 'latchkey' })
    await press(tabs[0].page, '#lost')
    await until('the refresh was sent again', () => rows().includes('S4'))
    for (const tab of tabs) {
      await settled(tab.page, CALLS)
      expect(await tally(tab.page)).toEqual([CALLS, 0])
      expect(await isShown(tab.page, '#log-out')).toBe(true)
    }
    expect(rows()).not.toContain('S7')
  })

  test('latchkey keeps the session when the tab that renews crashes', async () => {
    const { tabs, rows } = await openTabs({ mode, with: 'latchkey' })
    const [victim, other] = tabs
    await press(victim.page, '#crash')
    await until('the tab has crashed', () =>
      victim.page.evaluate(() => location.pathname === '/crashed.html').catch(() => false),
    )
    await other.page.bringToFront()
    await settled(other.page, CALLS)
    expect(await tally(other.page)).toEqual([CALLS, 0])
    expect(await isShown(other.page, '#log-out')).toBe(true)
    expect(rows()).not.toContain('S7')
  })

  test('the naive client loses the session when tabs renew while the answer to another renewal is slow, and its page says why', async () => {
    const { tabs, rows } = await openTabs({ mode, with: 'naive' })
    await press(tabs[0].page, '#slow')
    for (const tab of tabs) await settled(tab.page, CALLS)
    expect(rows()).toContain('S7')
    // The tab that renewed first still has a token; with its next call it learns that the session is over.
    await until('all tabs are signed out', async () => {
      for (const tab of tabs) {
        if (!(await isShown(tab.page, '#storm'))) continue
        await press(tab.page, '#storm')
        return false
      }
      return true
    })
    for (const tab of tabs) {
      expect(await isShown(tab.page, '#sign-in')).toBe(true)
      expect(await isShown(tab.page, '#naive-notice')).toBe(true)
    }
  })
})

test.each([
  ['while the auth server answers 503 for ten seconds', ['#unavailable'], CALLS],
  ['when the tab that renews freezes', ['#freeze'], CALLS],
  ["when one tab's clock is an hour ahead", ['#jump', '#storm'], STORM],
])('latchkey keeps the session and fails no call %s', async (_, buttons, calls) => {
  const { tabs, rows } = await openTabs({ mode: 'cookie', with: 'latchkey' })
  for (const button of buttons) await press(tabs[0].page, button)
  for (const tab of tabs) {
    await settled(tab.page, calls)
    expect(await tally(tab.page)).toEqual([calls, 0])
    expect(await isShown(tab.page, '#log-out')).toBe(true)
  }
  expect(rows()).not.toContain('S7')
})

test('the offline button takes all tabs offline, and the session survives that', async () => {
  const { tabs } = await openTabs({ mode: 'cookie', with: 'latchkey' })
  const [one, two] = tabs
  await press(one.page, '#offline')
  await until('the other tab is offline too', () => isPressed(two.page, '#offline'))
  await press(two.page, '#storm')
  await settled(one.page, STORM)
  expect(await tally(one.page)).toEqual([0, STORM])
  await press(two.page, '#offline')
  await until('the first tab is online again', async () => !(await isPressed(one.page, '#offline')))
  await press(one.page, '#storm')
  await settled(one.page, 2 * STORM)
  expect(await tally(one.page)).toEqual([STORM, STORM])
})

function isPressed(page: Page, selector: string): Promise<boolean> {
  return page.$eval(selector, ({ ariaPressed }) => ariaPressed === 'true')
}
