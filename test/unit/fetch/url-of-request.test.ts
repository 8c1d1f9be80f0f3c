import { expect, onTestFinished, test, vi } from 'vitest'
import { urlOfRequest } from '../../../src/fetch/url-of-request.ts'

const URL_OF = 'https://app.test/api/notes'
const OTHER = 'https://evil.test/'

class OtherUrl extends Request {
  override get url(): string {
    return OTHER
  }
}
class OwnURL extends URL {}

test.each([
  ['a Request', new Request(URL_OF)],
  ['a Request with a property `url` of its own', defined(new Request(URL_OF))],
  ['a Request of a class that says another URL', new OtherUrl(URL_OF)],
])('%s has the URL that fetch uses', (_, input) => {
  expect(urlOfRequest(input)).toBe(URL_OF)
})

test.each([
  ['a string', URL_OF],
  ['a URL', new URL(URL_OF)],
  ['a URL of a class of its own', new OwnURL(URL_OF)],
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['a function that has a `url`', defined(() => undefined)],
  ['an object that has a `url`', { url: URL_OF }],
  ['an object without a prototype', Object.create(null)],
  ['an object made from a Request', Object.create(new Request(URL_OF))],
  ['the prototype of all Requests', Request.prototype],
  ['a Response, which has a URL, too', new Response()],
])('%s is no Request', (_, input) => {
  expect(urlOfRequest(input)).toBeUndefined()
})

test('a text and a URL are told from a Request without an exception, which would take its time', () => {
  const read = vi.spyOn(Request.prototype, 'url', 'get')
  onTestFinished(() => read.mockRestore())
  for (const input of [URL_OF, new URL(URL_OF)]) urlOfRequest(input)
  expect(read).not.toHaveBeenCalled()
  urlOfRequest(new Request(URL_OF))
  expect(read).toHaveBeenCalledTimes(1)
})

function defined(target: object): object {
  return Object.defineProperty(target, 'url', { value: OTHER })
}
