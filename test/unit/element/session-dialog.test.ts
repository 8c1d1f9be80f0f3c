// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineSessionDialog, type WarningSession } from '../../../src/element/index.ts'
import {
  expiryWarnings,
  idleTimeout,
  type ExtendResult,
  type SessionWarning,
} from '../../../src/index.ts'
import { createTestSession, type TestSession } from '../../../src/testing/index.ts'
import { createProfile } from '../../support/profile.ts'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers()
  defineSessionDialog()
})
afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** What a dialog shows, and what a user does with it. */
interface Shown {
  readonly element: HTMLElementTagNameMap['session-dialog']
  readonly isOpen: () => boolean
  /** The visible text of the part of this name; empty if it is not shown. */
  readonly text: (part: string) => string | null
  readonly isBusy: () => boolean
  press(part: string): void
  /** Presses a key in the dialog. Returns whether the default action was not prevented. */
  key(key: string): boolean
}

function show(session: WarningSession | null, attributes: Record<string, string> = {}): Shown {
  const element = document.createElement('session-dialog')
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.session = session
  document.body.append(element)
  return shown(element)
}

function shown(element: HTMLElementTagNameMap['session-dialog']): Shown {
  const find = (selector: string): HTMLElement | null =>
    element.shadowRoot?.querySelector<HTMLElement>(selector) ?? null
  const dialog = find('dialog') as HTMLDialogElement
  const part = (name: string): HTMLElement | null => find(`[part=${name}]:not([hidden])`)
  return {
    element,
    isOpen: () => dialog.open,
    text: (name) => part(name)?.textContent ?? null,
    isBusy: () => part('stay')?.getAttribute('aria-disabled') === 'true',
    press: (name) => part(name)?.click(),
    key: (key) =>
      dialog.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })),
  }
}

async function testSession(): Promise<TestSession> {
  const session = createTestSession({ warnings: expiryWarnings({ warnMs: 10 * MINUTE }) })
  await vi.advanceTimersByTimeAsync(0)
  await session.ready
  return session
}

/** A fake of what the dialog uses of a session, for answers of `extend()` that come late. */
interface FakeSession extends WarningSession {
  tell(warning: Partial<SessionWarning> | null): void
  /** The calls of `extend()` that are pending, oldest first. */
  readonly wishes: ((result: ExtendResult) => void)[]
  readonly listeners: Set<() => void>
}

function fakeSession(): FakeSession {
  const listeners = new Set<() => void>()
  const wishes: FakeSession['wishes'] = []
  const usual: SessionWarning = {
    cause: 'idle',
    endsAt: Date.now() + MINUTE,
    extendable: true,
    extend: () => new Promise((resolve) => wishes.push(resolve)),
    logout: () => Promise.resolve({ server: 'told' }),
  }
  const session = { state: stateOf(null) }
  return {
    get state() {
      return session.state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(warning) {
      session.state = stateOf(warning && { ...usual, ...warning })
      for (const listener of listeners) listener()
    },
    wishes,
    listeners,
  }
}

function stateOf(warning: SessionWarning | null): WarningSession['state'] {
  const endsAt = warning?.endsAt ?? null
  return {
    ...{ status: 'logged-in', subject: 'alice', claims: null, accessExpiresAt: null, end: null },
    ...{ endsAt, warning, parked: null, cover: null },
  }
}

const UNAVAILABLE: ExtendResult = { ok: false, reason: 'refresh_unavailable' }

describe('the dialog', () => {
  test('is open from the warning until a click extends the session', async () => {
    const session = await testSession()
    const dialog = show(session)
    expect(dialog.isOpen()).toBe(false)
    await session.warn()
    expect(dialog.isOpen()).toBe(true)
    dialog.press('stay')
    await vi.advanceTimersByTimeAsync(10)
    expect(session.state).toMatchObject({ status: 'logged-in', warning: null })
    expect(dialog.isOpen()).toBe(false)
  })

  test('opens when it is added to a page in which a warning is open', async () => {
    const session = await testSession()
    await session.warn()
    expect(show(session).isOpen()).toBe(true)
  })

  test.each([
    ['the first', [0, 1]],
    ['the second', [1, 0]],
  ] as const)(
    'of two dialogs gives the focus back to the page with the last one, if %s closes first',
    (_, order) => {
      const note = document.createElement('textarea')
      document.body.append(note)
      note.focus()
      const sessions = [fakeSession(), fakeSession()] as const
      for (const session of sessions) show(session)
      for (const session of sessions) session.tell({})
      expect(document.activeElement).not.toBe(note)
      sessions[order[0]].tell(null)
      sessions[order[1]].tell(null)
      expect(document.activeElement).toBe(note)
    },
  )

  test('logs out', async () => {
    const session = await testSession()
    const dialog = show(session)
    await session.warn()
    dialog.press('logout')
    await vi.advanceTimersByTimeAsync(10)
    expect(session.state.end).toMatchObject({ reason: 'logout', initiator: 'this-tab' })
    expect(dialog.isOpen()).toBe(false)
  })

  test('closes when the session ends, by its limit or from outside', async () => {
    const session = await testSession()
    const dialog = show(session)
    await session.warn({ inMs: 30_000 })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(session.state.end?.reason).toBe('idle')
    expect(dialog.isOpen()).toBe(false)

    await session.logIn()
    await session.warn()
    expect(dialog.isOpen()).toBe(true)
    await session.end('revoked')
    expect(dialog.isOpen()).toBe(false)
  })

  test('closes in every tab when one tab extends the session', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * MINUTE }) })
    const tabs = [await profile.signedIn(), await profile.openTab()]
    const dialogs = tabs.map(({ session }) => show(session))
    const areOpen = (): boolean[] => dialogs.map(({ isOpen }) => isOpen())
    await profile.clock.advance(14 * MINUTE)
    await profile.browser.settle()
    expect(areOpen()).toEqual([true, true])
    dialogs[0]?.press('stay')
    await profile.clock.advance(1_000)
    await profile.browser.settle()
    expect(areOpen()).toEqual([false, false])
  })

  test('lets the user try again if the server could not be reached', async () => {
    const profile = createProfile({ idle: idleTimeout({ afterMs: 15 * MINUTE }) })
    const { session, tell } = await profile.signedIn()
    const dialog = show(session)
    await profile.clock.advance(14 * MINUTE)
    await profile.browser.settle()
    expect(dialog.text('problem')).toBeNull()

    profile.server.hold('/auth/refresh', (leg) => leg.lose())
    dialog.press('stay')
    await profile.clock.advance(16_000)
    await profile.browser.settle()
    expect(dialog.text('problem')).toBe('The server cannot be reached. Try again.')
    expect(dialog.isOpen()).toBe(true)

    profile.server.hold('/auth/refresh', null)
    tell('online')
    dialog.press('stay')
    await profile.clock.advance(1_000)
    await profile.browser.settle()
    expect(dialog.isOpen()).toBe(false)
    expect(session.state).toMatchObject({ status: 'logged-in', warning: null })
  })
})

describe('the countdown', () => {
  test('changes once a second, and begins with the time that is left when the dialog opens', async () => {
    const session = await testSession()
    const dialog = show(session)
    await session.warn({ inMs: 62_500 })
    const texts: (string | null)[] = []
    for (let second = 0; second < 5; second++) {
      texts.push(dialog.text('countdown'))
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(texts).toEqual([
      'You will be logged out in 1 minute 3 seconds.',
      'You will be logged out in 1 minute 2 seconds.',
      'You will be logged out in 1 minute 1 second.',
      'You will be logged out in 60 seconds.',
      'You will be logged out in 59 seconds.',
    ])
  })

  test('shows the time by the clock after the page was suspended', () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ endsAt: Date.now() + MINUTE })
    vi.setSystemTime(Date.now() + 25_000)
    expect(dialog.text('countdown')).toContain('60 seconds')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(dialog.text('countdown')).toContain('35 seconds')
    expect(vi.getTimerCount()).toBe(1)
    vi.setSystemTime(Date.now() + 5_000)
    vi.advanceTimersByTime(1_000)
    expect(dialog.text('countdown')).toContain('29 seconds')
  })

  test('shows 0, and nothing below, if the end is late', () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ endsAt: Date.now() + 1_500 })
    vi.advanceTimersByTime(5_000)
    expect(dialog.text('countdown')).toBe('You will be logged out in 0 seconds.')
    session.tell({ endsAt: Date.now() + 10_000 })
    vi.advanceTimersByTime(1_000)
    expect(dialog.text('countdown')).toBe('You will be logged out in 9 seconds.')
  })

  test('is announced at 60, 30, 20 and 10 seconds, once each', async () => {
    const session = await testSession()
    const heard = listen(show(session))
    await session.warn({ inMs: 3 * MINUTE })
    await vi.advanceTimersByTimeAsync(3 * MINUTE - 1)
    expect(session.state.warning).not.toBeNull()
    expect(heard()).toEqual([
      'You will be logged out in 60 seconds.',
      'You will be logged out in 30 seconds.',
      'You will be logged out in 20 seconds.',
      'You will be logged out in 10 seconds.',
    ])
  })

  test('is announced even if the tick of the mark is late', async () => {
    const session = fakeSession()
    const heard = listen(show(session))
    session.tell({ endsAt: Date.now() + 31_500 })
    vi.setSystemTime(Date.now() + 3_000)
    await vi.advanceTimersByTimeAsync(500)
    expect(heard()).toEqual(['You will be logged out in 30 seconds.'])
  })

  test('every {time} of a text is replaced, and nothing in the time is taken for a pattern', () => {
    const session = fakeSession()
    const dialog = show(session, { countdown: '{time}: {time}' })
    session.tell({ endsAt: Date.now() + 30_000 })
    expect(dialog.text('countdown')).toBe('30 seconds: 30 seconds')
  })

  test('is in the language of the page, and in the words of its attribute', () => {
    const section = document.createElement('section')
    section.lang = 'de'
    const session = fakeSession()
    const dialog = show(session, { countdown: 'Abmeldung in {time}' })
    section.append(dialog.element)
    document.body.append(section)
    session.tell({ endsAt: Date.now() + 61_000 })
    expect(dialog.text('countdown')).toBe('Abmeldung in 1 Minute 1 Sekunde')
    dialog.element.setAttribute('countdown', 'Noch {time}')
    vi.advanceTimersByTime(1_000)
    expect(dialog.text('countdown')).toBe('Noch 60 Sekunden')
  })
})

describe('extending', () => {
  test('is requested once, marks the button as busy, and keeps the focus', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    expect(dialog.isBusy()).toBe(false)
    dialog.press('stay')
    dialog.press('stay')
    expect(dialog.isBusy()).toBe(true)
    expect(dialog.element.shadowRoot?.activeElement?.id).toBe('stay')
    expect(session.wishes).toHaveLength(1)
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.isBusy()).toBe(false)
  })

  test.each([
    ['Escape', (dialog: Shown) => dialog.key('Escape')],
    [
      'the Back gesture',
      ({ element }: Shown) =>
        element.shadowRoot
          ?.querySelector('dialog')
          ?.dispatchEvent(new Event('cancel', { cancelable: true })),
    ],
  ])('is what %s means, and the browser does not close the dialog for it', (_, press) => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    expect(press(dialog)).toBe(false)
    expect(session.wishes).toHaveLength(1)
    expect(dialog.isOpen()).toBe(true)
    expect(dialog.key('a')).toBe(true)
    expect(session.wishes).toHaveLength(1)
  })

  test('continues while the end of the warning moves', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ endsAt: Date.now() + 5_000 })
    dialog.press('stay')
    session.tell({ endsAt: Date.now() + 20_000 })
    expect(dialog.isBusy()).toBe(true)
    vi.advanceTimersByTime(1_000)
    expect(dialog.text('countdown')).toContain('19 seconds')
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.text('problem')).not.toBeNull()
  })

  test('hides the problem while it is tried again', async () => {
    const session = fakeSession()
    const dialog = show(session, { problem: 'No network' })
    session.tell({})
    dialog.press('stay')
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.text('problem')).toBe('No network')
    dialog.press('stay')
    expect(dialog.text('problem')).toBeNull()
    expect(session.wishes).toHaveLength(2)
  })

  test('opens the dialog again if it failed after the browser had closed the dialog', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    dialog.press('stay')
    dialog.element.shadowRoot?.querySelector('dialog')?.close()
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.isOpen()).toBe(true)
    expect(dialog.text('problem')).not.toBeNull()
  })

  test('shows no problem if the session cannot be extended', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    dialog.press('stay')
    session.wishes[0]?.({ ok: false, reason: 'not_extendable' })
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.text('problem')).toBeNull()
    expect(dialog.isBusy()).toBe(false)
  })

  test('is forgotten with its warning: a late answer does not affect the next one', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    dialog.press('stay')
    session.tell(null)
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.isOpen()).toBe(false)

    session.tell({})
    dialog.press('stay')
    session.tell(null)
    session.tell({})
    expect(dialog.isBusy()).toBe(false)
    session.wishes[1]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.text('problem')).toBeNull()
  })
})

describe('a session that cannot be extended', () => {
  test('the dialog says so, and offers no button to stay', async () => {
    const session = await testSession()
    const dialog = show(session)
    await session.warn({ cause: 'session-limit' })
    expect(dialog.text('final')).toBe('Save your work now.')
    expect([dialog.text('stay'), dialog.text('message')]).toEqual([null, null])
    expect(dialog.text('logout')).toBe('Log out')
  })

  test.each([
    ['its button', (dialog: Shown) => dialog.press('close')],
    ['Escape', (dialog: Shown) => dialog.key('Escape')],
  ])('%s closes it for good, though the end moves', (_, close) => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ cause: 'session-limit', extendable: false })
    close(dialog)
    expect(dialog.isOpen()).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
    session.tell({ cause: 'session-limit', extendable: false, endsAt: Date.now() + 40_000 })
    expect(dialog.isOpen()).toBe(false)
    expect(session.wishes).toEqual([])

    session.tell(null)
    session.tell({})
    expect(dialog.isOpen()).toBe(true)
  })

  test('no button has the focus, so that a key meant for the page does not press it', () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ extendable: false })
    expect(dialog.element.shadowRoot?.activeElement?.id).toBe('heading')
    session.tell({ extendable: true })
    expect(dialog.element.shadowRoot?.activeElement?.id).toBe('stay')
  })

  test('a warning that can no longer be extended says so', async () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({})
    dialog.press('stay')
    session.tell({ cause: 'session-limit', extendable: false })
    session.wishes[0]?.(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(0)
    expect(dialog.text('final')).not.toBeNull()
    expect([dialog.text('stay'), dialog.text('problem')]).toEqual([null, null])
    expect(dialog.isOpen()).toBe(true)
  })
})

describe('the element', () => {
  test('takes its texts from attributes, which may change while it is open', () => {
    const names = ['heading', 'message', 'stay', 'logout']
    const session = fakeSession()
    const dialog = show(session, Object.fromEntries(names.map((name) => [name, `my ${name}`])))
    session.tell({})
    expect(names.map(dialog.text)).toEqual(names.map((name) => `my ${name}`))
    dialog.element.removeAttribute('heading')
    vi.advanceTimersByTime(1_000)
    expect(dialog.text('heading')).toBe('Your session is about to end')
  })

  test.each([
    [true, 'message'],
    [false, 'final'],
  ])('has a slot for markup instead; extendable %s, it is called %s', (extendable, name) => {
    const session = fakeSession()
    const { element } = show(session)
    const save = document.createElement('button')
    save.slot = name
    element.append(save)
    session.tell({ extendable })
    const slot = element.shadowRoot?.querySelector('slot')
    expect(slot?.assignedElements()).toEqual([save])
  })

  test('uses the session that was set before it was defined', async () => {
    const session = await testSession()
    const element = document.createElement('late-dialog') as HTMLElementTagNameMap['session-dialog']
    element.session = session
    document.body.append(element)
    await session.warn()
    expect(element.shadowRoot).toBeNull()
    defineSessionDialog('late-dialog')
    customElements.upgrade(element)
    expect(shown(element).isOpen()).toBe(true)
    expect(element.session).toBe(session)
  })

  test('follows another session once it is set, and no longer the first', () => {
    const [former, next] = [fakeSession(), fakeSession()]
    const dialog = show(former)
    former.tell({})
    dialog.element.session = next
    expect(dialog.isOpen()).toBe(false)
    expect(former.listeners.size).toBe(0)
    next.tell({})
    expect(dialog.isOpen()).toBe(true)
    dialog.element.session = null
    expect(dialog.isOpen()).toBe(false)
    expect(next.listeners.size).toBe(0)
  })

  test('may be given the same session twice', () => {
    const session = fakeSession()
    const dialog = show(session)
    session.tell({ extendable: false })
    dialog.press('close')
    dialog.element.session = session
    expect(dialog.isOpen()).toBe(false)
    expect(session.listeners.size).toBe(1)
  })

  test('has no timer and no listener while it is closed, or not in the page', () => {
    const session = fakeSession()
    const waiting = document.createElement('session-dialog')
    waiting.session = session
    expect(session.listeners.size).toBe(0)
    const dialog = show(session)
    const watching = listenersFor('visibilitychange')
    expect(vi.getTimerCount()).toBe(0)
    session.tell({})
    expect([vi.getTimerCount(), watching()]).toEqual([1, 1])
    session.tell(null)
    expect([vi.getTimerCount(), watching()]).toEqual([0, 0])

    session.tell({})
    dialog.element.remove()
    expect([vi.getTimerCount(), watching(), session.listeners.size]).toEqual([0, 0, 0])
    document.body.append(dialog.element)
    expect(dialog.isOpen()).toBe(true)
  })

  test('may be defined twice', () => {
    expect(() => defineSessionDialog()).not.toThrow()
  })
})

/** What is announced to screen readers from now on. */
function listen({ element }: Shown): () => string[] {
  const status = element.shadowRoot?.querySelector('[role=status]') ?? null
  const heard: string[] = []
  if (status)
    new MutationObserver(() => {
      if (status.textContent !== '') heard.push(status.textContent)
    }).observe(status, { childList: true })
  return () => heard
}

/** Counts the listeners that are added to the document for this event from now on. */
function listenersFor(type: string): () => number {
  const listeners = new Set<unknown>()
  const { addEventListener, removeEventListener } = document
  vi.spyOn(document, 'addEventListener').mockImplementation((...args) => {
    if (args[0] === type) listeners.add(args[1])
    addEventListener.apply(document, args)
  })
  vi.spyOn(document, 'removeEventListener').mockImplementation((...args) => {
    listeners.delete(args[1])
    removeEventListener.apply(document, args)
  })
  return () => listeners.size
}
