import { describe, expect, test } from 'vitest'
import { isAnswer } from '../../../../src/core/refresh/auth-server.ts'
import { SessionError } from '../../../../src/errors.ts'
import type { PageMoment } from '../../../../src/ports.ts'
import type { Leg } from '../../../../src/testing/virtual-network.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'

const REFRESH = '/auth/refresh'

test.each([
  ['no answer', {}, false],
  ['a request that failed', { cause: new TypeError('Failed to fetch') }, false],
  ['an answer that cannot be read', { cause: new SessionError('invalid_response', 'No') }, true],
  ['another error of a session', { cause: new SessionError('no_page', 'No') }, false],
  ['a refusal in words of its own', { status: 403 }, true],
  ['an address that is not there', { status: 404 }, true],
  ['a request that took too long', { status: 408 }, false],
  ['a request that came too early', { status: 425 }, false],
  ['too many requests', { status: 429 }, false],
  ['the last status that is the fault of the client', { status: 499 }, true],
  ['the first that is the fault of the server', { status: 500 }, false],
  ['a gateway without a server', { status: 502 }, false],
])('whether the server itself has answered: %s', (_, failure, expected) => {
  expect(isAnswer({ type: 'unavailable', ...failure })).toBe(expected)
})

describe('a refresh whose request fails', () => {
  test.each([
    ['with a TypeError, as over the quota of keepalive, is sent once more', new TypeError('No'), 2],
    ['with an error of the application is sent once', new Error('No'), 1],
    ['with an abort is sent once', new DOMException('No', 'AbortError'), 1],
    ['with nothing is sent once', undefined, 1],
  ])('%s, and the call fails with that cause', async (_, cause, times) => {
    let sent = 0
    let isBroken = false
    const profile: Profile = createProfile({
      fetch: (input, init) => {
        if (!isBroken) return profile.server.fetch(input, init)
        sent++
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- any code may
        return Promise.reject(cause)
      },
    })
    const tab = await profile.signedIn()
    isBroken = true
    const failed = tab.session
      .getAccessToken({ forceRefresh: true, maxWaitMs: 100 })
      .catch((error: unknown) => error)
    await settle()
    const error = await failed
    expect(error).toMatchObject({ code: 'refresh_unavailable' })
    expect((error as Error).cause).toBe(cause)
    expect(sent).toBe(times)
  })
})

describe('the answer to a refresh', () => {
  test.each<[string, readonly PageMoment[]]>([
    ['is shown without having left', ['woke']],
    ['hears that the network is back', ['online']],
    ['leaves and has not come back', ['left']],
    ['leaves and hears that the network is back before it comes back', ['left', 'online']],
  ])('is waited for as long as otherwise in a page that %s', async (_, moments) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    const legs: Leg[] = []
    profile.server.hold(REFRESH, (leg) => legs.push(leg))
    const token = tab.session.getAccessToken({ forceRefresh: true })
    await settle()
    for (const moment of moments) tab.tell(moment)
    await profile.clock.advance(5_000)
    expect(legs).toHaveLength(1)
    profile.server.hold(REFRESH, null)
    legs[0]?.pass()
    await settle()
    expect(await token).toBeTypeOf('string')
    expect(profile.server.refreshes.map(({ outcome }) => outcome)).toEqual(['rotated'])
    expect(tab.eventsOf('refresh-failed')).toEqual([])
  })
})
