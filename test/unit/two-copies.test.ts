// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as latchkey from '../../src/index.ts'
import type { Session, SessionOptions } from '../../src/index.ts'
import { createBackend } from '../support/backend.ts'
import { rejection } from '../support/signed-in.ts'

// A page of several applications may load the SDK more than once. Here two instances of all its modules meet on one page,
// on the platform's own channel, storage and clock.

type Copy = typeof latchkey

async function loadCopy(): Promise<Copy> {
  vi.resetModules()
  return await import('../../src/index.ts')
}

const opened: Session[] = []

/** A session without a user, which needs no request to find that out. */
async function open(
  { createSession, cookieTransport }: Copy,
  options: Partial<SessionOptions>,
): Promise<Session> {
  const transport = cookieTransport('https://app.test/auth', { hintCookie: 'signed-in' })
  const session = createSession({ transport, origins: ['https://app.test'], ...options })
  opened.push(session)
  await session.ready
  return session
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

afterEach(() => {
  for (const session of opened.splice(0)) session.dispose()
})

test('two copies share no module', async () => {
  const [one, two] = [await loadCopy(), await loadCopy()]
  expect(one.createSession).not.toBe(two.createSession)
  expect(one.SessionError).not.toBe(two.SessionError)
})

describe('two copies with one name', () => {
  test('are one session, renewed once, and ended for both', async () => {
    const { fetch, issue, refreshes } = createBackend()
    const one = await open(await loadCopy(), { name: 'one', fetch })
    const two = await open(await loadCopy(), { name: 'one', fetch })

    await one.login(issue({ sid: 'sid-1' }))
    await expect.poll(() => two.state.status).toBe('logged-in')
    expect(await two.getAccessToken()).toBe(await one.getAccessToken())
    expect(refreshes()).toBe(0)

    const renewed = await Promise.all(
      [one, two].map((session) => session.getAccessToken({ forceRefresh: true })),
    )
    expect(new Set(renewed).size).toBe(1)
    expect(refreshes()).toBe(1)

    await two.logout()
    await expect.poll(() => one.state.status).toBe('logged-out')
    expect(one.state.end).toMatchObject({ reason: 'logout', initiator: 'other-tab' })
  })

  test('recognise the errors of each other', async () => {
    const [copy, other] = [await loadCopy(), await loadCopy()]
    const session = await open(copy, { name: 'errors' })
    const error = await rejection(session.getAccessToken())
    expect(error).not.toBeInstanceOf(other.SessionError)
    expect(other.isSessionError(error, 'no_session')).toBe(true)
  })
})

test('two copies with different names ignore each other', async () => {
  const { fetch, issue } = createBackend()
  const [shop, chat] = [
    await open(await loadCopy(), { name: 'shop', fetch }),
    await open(await loadCopy(), { name: 'chat', fetch }),
  ]
  const heard: string[] = []
  for (const event of ['started', 'refreshed', 'ended'] as const)
    chat.on(event, () => heard.push(event))

  await shop.login(issue({ sid: 'sid-1' }))
  await shop.getAccessToken({ forceRefresh: true })
  expect(chat.state.status).toBe('logged-out')
  await chat.login(issue({ sid: 'sid-2' }))
  await shop.logout()
  // Any message on the way would have arrived before the last one.
  await chat.getAccessToken({ forceRefresh: true })
  await expect.poll(() => heard).toEqual(['started', 'refreshed'])
  expect(chat.state.status).toBe('logged-in')
})
