import { expect, test } from 'vitest'
import { endpointResolver } from '../../../src/fetch/endpoint-url.ts'

const OWN = 'https://app.test'

test.each([
  ['/auth/refresh', `${OWN}/page`, `${OWN}/auth/refresh`],
  ['/auth/refresh', 'https://cdn.test/assets/', `${OWN}/auth/refresh`],
  ['auth/refresh', `${OWN}/deep/page`, `${OWN}/deep/auth/refresh`],
  ['auth/refresh', 'https://cdn.test/assets/', 'https://cdn.test/assets/auth/refresh'],
  ['//id.test/auth', 'https://cdn.test/assets/', 'https://id.test/auth'],
  ['https://id.test/auth', 'https://cdn.test/assets/', 'https://id.test/auth'],
  ['?auth', `${OWN}/page`, `${OWN}/page?auth`],
  ['https://', `${OWN}/page`, 'https://'],
])('%s on a page with the base %s is %s', (url, base, expected) => {
  expect(endpointResolver({ origin: OWN, base })(url)).toBe(expected)
})

test('a page without an origin has only its base', () => {
  const resolve = endpointResolver({ origin: 'null', base: `${OWN}/page` })
  expect(resolve('/auth')).toBe(`${OWN}/auth`)
})

test('a base that changes later changes nothing', () => {
  const page = { origin: OWN, base: `${OWN}/page` }
  const resolve = endpointResolver(page)
  page.base = 'https://evil.test/'
  expect(resolve('auth')).toBe(`${OWN}/auth`)
})
