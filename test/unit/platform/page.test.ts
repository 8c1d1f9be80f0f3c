// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { page } from '../../../src/platform/page.ts'
import type { PageMoment } from '../../../src/ports.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function watched(): { readonly moments: PageMoment[]; readonly stop: () => void } {
  const moments: PageMoment[] = []
  return { moments, stop: page.watch((moment) => moments.push(moment)) }
}

test('reports what happens to the page until it is unsubscribed', () => {
  const { moments, stop } = watched()

  dispatchEvent(new Event('pagehide'))
  dispatchEvent(new Event('pageshow'))
  dispatchEvent(new Event('focus'))
  dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('freeze'))
  document.dispatchEvent(new Event('resume'))
  expect(moments).toEqual(['left', 'woke', 'woke', 'online', 'left', 'woke'])

  stop()
  dispatchEvent(new Event('pagehide'))
  expect(moments).toHaveLength(6)
})

test('a page that is shown reports woke, one that is hidden reports hidden', () => {
  const { moments, stop } = watched()
  const visibility = vi.spyOn(document, 'visibilityState', 'get')

  visibility.mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  visibility.mockReturnValue('visible')
  document.dispatchEvent(new Event('visibilitychange'))

  expect(moments).toEqual(['hidden', 'woke'])
  stop()
})

test('the focus of an element is no moment of the page', () => {
  const { moments, stop } = watched()
  const input = document.body.appendChild(document.createElement('input'))
  input.dispatchEvent(new FocusEvent('focus'))
  input.focus()
  expect(moments).toEqual([])
  stop()
  input.remove()
})

test('listeners of the session run before those that the application adds later', () => {
  const order: string[] = []
  const stop = page.watch(() => order.push('session'))
  addEventListener('pageshow', () => order.push('application'), { once: true })

  dispatchEvent(new Event('pageshow'))

  expect(order).toEqual(['session', 'application'])
  stop()
})

test('finds a cookie by its whole name', () => {
  document.cookie = 'signed_in=1=2'
  expect(page.cookie('signed_in')).toBe('1=2')
  expect(page.cookie('signed')).toBeUndefined()
  expect(page.cookie('in')).toBeUndefined()
})

test('a page that may not read cookies is one without them', () => {
  const reading = vi.spyOn(document, 'cookie', 'get').mockImplementation(() => {
    throw new DOMException('The document is sandboxed', 'SecurityError')
  })
  expect(page.cookie('signed_in')).toBeUndefined()
  expect(reading).toHaveBeenCalled()
  reading.mockRestore()
})
