// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { holdPage } from '../../../src/platform/unload.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Whether the browser would ask before the page is left now. */
function isAsked(): boolean {
  return !dispatchEvent(new Event('beforeunload', { cancelable: true }))
}

test('the browser asks before the page is left until the page is let go', () => {
  expect(isAsked()).toBe(false)
  const letGo = holdPage()
  expect(isAsked()).toBe(true)
  letGo()
  expect(isAsked()).toBe(false)
})

test('a page that is held twice is let go with the last', () => {
  const [one, two] = [holdPage(), holdPage()]
  one()
  expect(isAsked()).toBe(true)
  one()
  expect(isAsked()).toBe(true)
  two()
  expect(isAsked()).toBe(false)
})

test('without a page there is nothing to hold', () => {
  vi.stubGlobal('document', undefined)
  const letGo = holdPage()
  expect(isAsked()).toBe(false)
  letGo()
})
