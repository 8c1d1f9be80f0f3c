import { expect, test } from 'vitest'
import { useBackend } from '../support/backend.ts'
import { useBrowser } from '../engines/browser.ts'
import {
  burst,
  expectAlive,
  expire,
  lastEnd,
  loggedIn,
  loggedOut,
  onEach,
  stateOf,
} from '../support/session-tabs.ts'

const start = useBackend()
const newContext = useBrowser()

test('a page renews with both tokens of its pair, also after a reload; a refresh token without its access token ends the session', async () => {
  const backend = await start({ strategy: { mode: 'pair' } })
  const browser = await newContext()
  const open = (tab: string) => browser.open(backend.page({ tab, mode: 'body', strategy: 'pair' }))
  const tabs = [await open('one'), await open('two')] as const
  const [one, two] = tabs
  const answer = await one.page.evaluate(() => window.fixture.register())
  await one.page.evaluate((answer) => window.fixture.logIn(answer), answer)
  await onEach(tabs, loggedIn)
  const { subject } = await stateOf(one)
  await expectAlive(backend, tabs, subject)
  await two.page.reload()
  await loggedIn(two)
  await expectAlive(backend, tabs, subject)

  // It is spent by now, as a refresh token in a backup usually is. Without its access token the server does not ask that.
  const { sid, refresh_token } = answer as { readonly sid: string; readonly refresh_token: string }
  const stolen = await fetch(`${backend.url}/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'thief' },
    body: JSON.stringify({ sid, refresh_token }),
  })
  expect(stolen.status).toBe(401)
  await expire(backend, tabs)
  expect(await burst(one, 1)).toEqual([{ error: 'SessionError session_ended' }])
  await onEach(tabs, loggedOut)
  expect(await lastEnd(one)).toMatchObject({ reason: 'revoked' })
})
