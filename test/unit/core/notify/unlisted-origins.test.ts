import { expect, test } from 'vitest'
import { countUnlisted } from '../../../../src/core/notify/unlisted-origins.ts'

const PAGE = { resolve: (url: string): string => new URL(url, 'https://app.test/page').href }
const none = (): null => null

test.each([
  ['another origin', 'https://api2.test/notes?secret=1', 'https://api2.test'],
  ['another scheme', 'http://api.test/', 'http://api.test'],
  ['another port', 'https://api.test:8443/', 'https://api.test:8443'],
  ['a scheme of its page', '//cdn.test/logo.svg', 'https://cdn.test'],
  ['an origin in other letters', 'HTTPS://API2.TEST/', 'https://api2.test'],
  ['a path of the page, whose origin is not listed', '/api/notes', 'https://app.test'],
])('a request without a token to %s is counted', (_, url, origin) => {
  const { watch, counts } = countUnlisted(PAGE, ['https://api.test'])
  expect(watch(none)(url)).toBeNull()
  expect(counts()).toEqual({ [origin]: 1 })
})

test.each([
  ['to a listed origin', 'https://api.test/auth/refresh'],
  ['that no network sees', 'data:text/plain,hello'],
  ['of the page itself, as a blob', 'blob:https://api2.test/1'],
  ['to a scheme that only begins as one of the web', 'httpsx://api2.test/'],
  ['to a scheme that only ends as one of the web', 'xhttps://api2.test/'],
  ['that is no URL', 'https://'],
])('a request without a token %s is not counted', (_, url) => {
  const { watch, counts } = countUnlisted(PAGE, ['https://api.test'])
  expect(watch(none)(url)).toBeNull()
  expect(counts()).toEqual({})
})

test('a request with a token goes where it went, and is not counted', () => {
  const { watch, counts } = countUnlisted(PAGE, [])
  const resolveTarget = watch((url) => `${url}#resolved`)
  expect(resolveTarget('https://api2.test/')).toBe('https://api2.test/#resolved')
  expect(counts()).toEqual({})
})

test('requests are counted one by one, for a hundred origins; the counts handed out are a copy', () => {
  const { watch, counts } = countUnlisted(PAGE, [])
  const resolveTarget = watch(none)
  for (let n = 0; n < 101; n++) resolveTarget(`https://${n}.test/`)
  const before = counts()
  resolveTarget('https://99.test/')
  expect(before).toMatchObject({ 'https://0.test': 1, 'https://99.test': 1 })
  expect(Object.keys(before)).toHaveLength(100)
  expect(counts()).toEqual({ ...before, 'https://99.test': 2 })
})
