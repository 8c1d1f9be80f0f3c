import { describe, expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { useBackend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import { expectUndisturbed, lastEnd, loggedIn, loggedOut, onEach } from '../support/session-tabs.ts'

const start = useBackend()
const newContext = useBrowser()

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test('after EXPIRED_TOKEN the page renews and repeats the request; INVALID_TOKEN ends the session in all tabs', async () => {
    const backend = await start({ strategy: { mode: 'soft', softTtlS: 300 }, accessTtlS: 600 })
    const browser = await newContext()
    const open = (tab: string) => browser.open(backend.page({ tab, mode, strategy: 'soft' }))
    const tabs = [await open('one'), await open('two')] as const
    const [one] = tabs
    await one.page.evaluate(() => window.fixture.signIn())
    await onEach(tabs, loggedIn)
    const asked = backend.refreshes().requests

    // The clocks of the pages do not move, so for them the token is fresh.
    moveClock(301_000)
    const renewed = await one.page.evaluate(() => window.fixture.read('/api/me'))
    expect(renewed.status).toBe(200)
    expect(backend.refreshes().requests).toBe(asked + 1)
    await expectUndisturbed(tabs)

    moveClock(601_000)
    const ended = await one.page.evaluate(() => window.fixture.read('/api/me'))
    expect(ended.status).toBe(401)
    expect(JSON.parse(ended.body)).toMatchObject({ code: 'INVALID_TOKEN' })
    await onEach(tabs, loggedOut)
    expect(await lastEnd(one)).toMatchObject({ reason: 'revoked' })
    // No tab has tried to renew the session that is over.
    expect(backend.refreshes().requests).toBe(asked + 1)
  })
})
