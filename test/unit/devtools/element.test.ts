// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DevtoolsFeature } from '../../../src/devtools/devtools.ts'
import { devtools, type DevtoolsOptions } from '../../../src/devtools/index.ts'
import { writeDay } from '../../../src/devtools/model/day-file.ts'
import type { Source } from '../../../src/devtools/watch/source.ts'
import { createProfile, type Profile } from '../../support/profile.ts'
import { entry, logged, opened } from './entries.ts'

/** How often the timeline was drawn: each time it is cleared first. */
let drawn = 0

beforeEach(() => {
  vi.useFakeTimers()
  drawn = 0
  const context = new Proxy(
    { clearRect: () => drawn++, measureText: (text: string) => ({ width: text.length * 6 }) },
    {
      get: (known, name): unknown => Reflect.get(known, name) ?? (() => undefined),
      set: () => true,
    },
  )
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never)
})
afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** The tools of one tab, as a user sees them. */
interface Shown {
  readonly profile: Profile
  readonly source: Source
  find(selector: string): HTMLElement
  press(selector: string): void
  isShown(selector: string): boolean
  text(selector: string): string
  /** Lets the tools draw what has changed. */
  settle(): void
}

async function show(options?: DevtoolsOptions): Promise<Shown> {
  const profile = createProfile()
  const tools = devtools({ showPaths: true, ...options })
  const tab = await profile.openTab({ diagnostics: tools })
  await tab.session.login(profile.browser.signIn('alice'))
  await profile.browser.settle()
  let source: Source | null = null
  ;(tools as DevtoolsFeature).watchSource((each) => (source = each))
  const element = document.querySelector('session-devtools')
  const find = (selector: string): HTMLElement => {
    const found = element?.shadowRoot?.querySelector<HTMLElement>(selector)
    if (!found) throw new Error(`The tools have no ${selector}`)
    return found
  }
  return {
    profile,
    source: source as unknown as Source,
    find,
    press: (selector) => find(selector).click(),
    isShown: (selector) => find(selector).closest('[hidden]') === null,
    text: (selector) => find(selector).textContent,
    settle: () => void vi.advanceTimersByTime(100),
  }
}

function pressKeys(target: EventTarget, init: KeyboardEventInit): void {
  const keys = { bubbles: true, composed: true, cancelable: true }
  target.dispatchEvent(new KeyboardEvent('keydown', { ...keys, ...init }))
}

const SHORTCUT = { altKey: true, shiftKey: true, code: 'KeyL', key: 'L' }

describe('the button in the corner', () => {
  test('comes with the session, and opens and closes the tools, as Alt+Shift+L does', async () => {
    const { find, press, isShown } = await show()
    expect(isShown('#panel')).toBe(false)
    press('#toggle')
    expect(isShown('#panel')).toBe(true)
    expect(find('#toggle').getAttribute('aria-expanded')).toBe('true')
    pressKeys(document, SHORTCUT)
    expect(isShown('#panel')).toBe(false)
    pressKeys(document, SHORTCUT)
    expect(isShown('#panel')).toBe(true)
    pressKeys(document, { key: 'Escape' })
    expect(isShown('#panel')).toBe(true)
    pressKeys(find('#panel'), { key: 'Escape' })
    expect(isShown('#panel')).toBe(false)
  })

  test('does not come if the application places the tools itself, and goes with the session', async () => {
    await expect(show({ mount: false })).resolves.toBeDefined()
    expect(document.querySelector('session-devtools')).toBeNull()
    const profile = createProfile()
    const tab = await profile.openTab({ diagnostics: devtools() })
    expect(document.querySelector('session-devtools')).not.toBeNull()
    tab.session.dispose()
    expect(document.querySelector('session-devtools')).toBeNull()
  })
})

describe('the timeline is drawn', () => {
  test('once for each change, and not at all while nothing changes', async () => {
    const { press, source } = await show()
    vi.advanceTimersByTime(60_000)
    expect(drawn).toBe(0)
    press('#toggle')
    vi.advanceTimersByTime(100)
    const before = drawn
    vi.advanceTimersByTime(10 * 60_000)
    expect(drawn).toBe(before)
    for (let time = 0; time < 50; time++) source.book.begin('activity')('quiet')
    vi.advanceTimersByTime(10 * 60_000)
    expect(drawn).toBe(before + 1)
    press('#close')
    source.book.begin('activity')('quiet')
    vi.advanceTimersByTime(60_000)
    expect(drawn).toBe(before + 1)
  })

  test('also while changes come faster than it is drawn', async () => {
    const { press, source } = await show()
    press('#toggle')
    vi.advanceTimersByTime(100)
    const before = drawn
    for (let ms = 0; ms < 1_000; ms += 20) {
      source.book.begin('activity')('quiet')
      vi.advanceTimersByTime(20)
    }
    expect(drawn - before).toBeGreaterThan(10)
  })

  test('twice a second while something is under way', async () => {
    const { press, source } = await show()
    press('#toggle')
    vi.advanceTimersByTime(100)
    const before = drawn
    const end = source.book.begin('call')
    vi.advanceTimersByTime(2_100)
    // Each time half a second after the last, and the moment in which changes are gathered.
    expect(drawn - before).toBe(4)
    end('good')
    vi.advanceTimersByTime(100)
    const after = drawn
    vi.advanceTimersByTime(60_000)
    expect(drawn).toBe(after)
  })

  test('as it was while it is paused', async () => {
    const { press, source, find, settle } = await show()
    press('#toggle')
    settle()
    press('#pause')
    settle()
    const label = (): string | null => find('#timeline').getAttribute('aria-label')
    const before = label()
    source.book.begin('call')('good')
    settle()
    expect(label()).toBe(before)
    press('#pause')
    settle()
    expect(label()).toBe(before?.replace('no calls', '1 call'))
  })
})

test('the words say how the session stands, and what each tab knows', async () => {
  const { press, text, find, settle } = await show()
  press('#toggle')
  for (const part of ['#words', '#known']) {
    ;(find(part) as HTMLDetailsElement).open = true
    find(part).dispatchEvent(new Event('toggle'))
  }
  settle()
  expect(text('#story')).toContain('The user is signed in since')
  expect(text('#list')).toContain('Tab 1 (this one): the user signed in here')
  expect(text('#states')).toContain('refresh token number1')
  expect(text('#beliefs')).toContain('the newest that is known is number 1.')
})

test('a group that is switched off is neither drawn nor listed', async () => {
  const { press, text, find, settle } = await show()
  press('#toggle')
  ;(find('#words') as HTMLDetailsElement).open = true
  press('#show-events')
  find('#show-events').dispatchEvent(new Event('change'))
  settle()
  expect(text('#list')).toContain('token')
  expect(text('#list')).not.toContain('signed in')
})

describe('mishaps', () => {
  test('are caused and ended by their buttons, which say what is on', async () => {
    const { press, source, find, text } = await show()
    press('#toggle')
    press('#offline')
    expect(source.mishaps.isOn('offline')).toBe(true)
    expect(find('#offline').getAttribute('aria-pressed')).toBe('true')
    expect(text('#result')).toContain('Requests of all tabs fail at once')
    press('#offline')
    expect(find('#offline').getAttribute('aria-pressed')).toBe('false')
    expect(text('#result')).toBe('That is over.')
    expect(find('#expire').hasAttribute('aria-pressed')).toBe(false)
  })

  test('can be left out', async () => {
    const { press, isShown } = await show({ mishaps: false })
    press('#toggle')
    expect(isShown('#mishaps')).toBe(false)
  })
})

describe('a file', () => {
  function choose({ find }: Shown, content: string): void {
    const input = find('#file') as HTMLInputElement
    Object.defineProperty(input, 'files', { value: [new File([content], 'day.json')] })
    input.dispatchEvent(new Event('change'))
  }

  test('is shown instead of this browser, with neither mishaps nor a tab of its own, until one goes back', async () => {
    const shown = await show()
    const { press, text, find, isShown } = shown
    press('#toggle')
    ;(find('#words') as HTMLDetailsElement).open = true
    const entries = [
      opened(1, 1_000),
      logged(1, 9_000, 'ended', { reason: 'revoked', initiator: 'server' }),
      entry(2, 'call', 5_000, { method: 'GET', status: 200 }, { until: 5_100 }),
    ]
    choose(shown, writeDay({ name: 'latchkey:theirs', at: 9_500, entries, diagnostics: {} }))
    await vi.waitFor(() => {
      expect(text('#story')).toContain('because the server had ended it.')
    })
    expect(text('#imported')).toContain('of the session “latchkey:theirs”')
    expect(text('#list')).not.toContain('this one')
    expect(isShown('#mishaps')).toBe(false)
    press('#back')
    shown.settle()
    expect(isShown('#imported')).toBe(false)
    expect(text('#story')).toContain('The user is signed in since')
  })

  test('that cannot be read says why', async () => {
    const shown = await show()
    shown.press('#toggle')
    choose(shown, '{"format":"har"}')
    await vi.waitFor(() => {
      expect(shown.text('#problem')).toContain('no file of latchkey’s developer tools')
    })
    expect(shown.isShown('#problem')).toBe(true)
  })
})
