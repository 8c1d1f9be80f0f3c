// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineSessionDialog, type WarningSession } from '../../../src/element/index.ts'
import type { SessionEnd, SessionState } from '../../../src/index.ts'

beforeEach(() => defineSessionDialog())
afterEach(() => document.body.replaceChildren())

const END: SessionEnd = {
  reason: 'idle',
  initiator: 'this-tab',
  at: 0,
  lastActivityAt: null,
  subject: 'alice',
}
const NOBODY = { subject: null, claims: null, accessExpiresAt: null, endsAt: null, warning: null }
const OVER: SessionState = { ...NOBODY, status: 'logged-out', end: END, parked: 1, cover: END }
const BACK: SessionState = {
  ...NOBODY,
  ...{ status: 'logged-in', subject: 'alice', end: null, parked: null, cover: null },
}

interface Shown {
  readonly element: HTMLElementTagNameMap['session-dialog']
  readonly dialog: HTMLDialogElement
  readonly logouts: number
  tell(state: SessionState): void
  /** The visible text of a part; `null` if it is not shown. */
  text(part: string): string | null
  press(part: string): void
}

function show(signIn: (() => unknown) | null = () => undefined): Shown {
  const listeners = new Set<() => void>()
  const session = {
    state: BACK,
    logouts: 0,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    logout() {
      session.logouts++
      return Promise.resolve({ server: 'nothing-to-tell' } as const)
    },
  }
  const element = document.createElement('session-dialog')
  element.session = session satisfies WarningSession
  element.signIn = signIn
  document.body.append(element)
  const find = (selector: string): HTMLElement | null =>
    element.shadowRoot?.querySelector<HTMLElement>(selector) ?? null
  const part = (name: string): HTMLElement | null => {
    const found = find(`[part=${name}]`)
    return found?.closest('[hidden]') ? null : found
  }
  return {
    element,
    dialog: find('[part=cover]') as HTMLDialogElement,
    get logouts() {
      return session.logouts
    },
    tell(state) {
      session.state = state
      for (const listener of listeners) listener()
    },
    text: (name) => part(name)?.textContent ?? null,
    press: (name) => part(name)?.click(),
  }
}

test('covers the page from the end until the same user is back, and says why', () => {
  const { dialog, tell, text } = show()
  expect(dialog.open).toBe(false)
  tell(OVER)
  expect(dialog.open).toBe(true)
  expect(text('ended')).toBe('You have been signed out')
  expect(text('reason')).toBe('You were away for a while.')
  expect(text('kept')).toContain('kept')
  tell({ ...OVER, parked: null })
  expect(text('kept')).toBeNull()
  expect(dialog.open).toBe(true)
  tell(BACK)
  expect(dialog.open).toBe(false)
})

test('stays open while a sign-in is under way, and whatever tries to close it', () => {
  const { dialog, tell } = show()
  tell(OVER)
  tell({ ...OVER, status: 'restoring', end: null })
  expect(dialog.open).toBe(true)
  const escape = new KeyboardEvent('keydown', { key: 'Escape', cancelable: true })
  expect(dialog.dispatchEvent(escape)).toBe(false)
  expect(dialog.dispatchEvent(new Event('cancel', { cancelable: true }))).toBe(false)
  dialog.close()
  expect(dialog.open).toBe(true)
})

test('a logout without `stay` covers nothing', () => {
  const { dialog, tell } = show()
  tell({ ...OVER, parked: null, cover: null })
  expect(dialog.open).toBe(false)
})

test('says that another user is signed in, and offers nothing but to reload', () => {
  const { element, dialog, tell, text } = show()
  tell(OVER)
  const field = element.appendChild(document.createElement('input'))
  field.focus()
  tell({ ...BACK, subject: 'bob', cover: END })
  expect(dialog.open).toBe(true)
  expect(text('other')).toBe('Another user is signed in')
  expect(text('reload')).toBe('Reload this page')
  // A screen reader reads what has the focus. The form that had it is hidden.
  expect(element.shadowRoot?.activeElement?.id).toBe('other')
  for (const part of ['reason', 'kept', 'sign-in', 'leave']) expect(text(part)).toBeNull()
  tell(BACK)
  tell(OVER)
  expect(text('ended')).toBe('You have been signed out')
  expect(text('reload')).toBeNull()
})

test('asks the application to sign in, once at a time, and says if that failed', async () => {
  const attempts: { resolve: () => void; reject: (error: Error) => void }[] = []
  const { tell, text, press } = show(
    () =>
      new Promise<void>((resolve, reject) => {
        attempts.push({ resolve, reject })
      }),
  )
  tell(OVER)
  press('sign-in')
  press('sign-in')
  expect(attempts).toHaveLength(1)
  expect(text('failed')).toBeNull()
  attempts[0]?.reject(new Error('The window was closed'))
  await vi.waitFor(() => expect(text('failed')).toContain('Try again'))
  press('sign-in')
  expect(attempts).toHaveLength(2)
  expect(text('failed')).toBeNull()
  attempts[1]?.resolve()
})

test('without a function to sign in there is only the slot', () => {
  const { tell, text, element } = show(null)
  tell(OVER)
  expect(text('sign-in')).toBeNull()
  expect(element.shadowRoot?.querySelector('slot[name=sign-in]')).not.toBeNull()
  element.signIn = () => undefined
  expect(text('sign-in')).toBe('Sign in again')
})

test('a user may decline', () => {
  const shown = show()
  shown.tell(OVER)
  shown.press('leave')
  expect(shown.logouts).toBe(1)
})

test('attributes replace the texts', () => {
  const { element, tell, text } = show()
  element.setAttribute('ended', 'Signed out')
  element.setAttribute('idle', 'Nobody was there.')
  tell(OVER)
  expect([text('ended'), text('reason')]).toEqual(['Signed out', 'Nobody was there.'])
})
