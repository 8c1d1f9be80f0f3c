import { expect, test } from 'vitest'
import { createSession, cookieTransport, stay, type StayOptions } from '../../src/index.ts'

test.each<[object, string]>([
  [{ withinMs: 0 }, 'The "withinMs" option must be a number greater than 0; it is 0'],
  [{ maxRequests: '3' }, 'The "maxRequests" option must be a number greater than 0; it is string'],
  [{ maxBytes: NaN }, 'The "maxBytes" option must be a number greater than 0; it is NaN'],
  [
    { reasons: ['logout'] },
    `The "reasons" option must be a list of 'idle', 'session-limit', 'refresh-rejected', 'reuse-detected', 'revoked'; it is a list`,
  ],
  [{ sameUser: true }, 'The "sameUser" option must be a function; it is boolean'],
  [{ onWriteFailed: null }, 'The "onWriteFailed" option must be a function; it is null'],
])('refuses %o', (options, message) => {
  expect(() => stay(options as StayOptions)).toThrow(new TypeError(message))
})

test('the option takes nothing else', () => {
  const onEnd = (() => undefined) as unknown as ReturnType<typeof stay>
  expect(() => createSession({ transport: cookieTransport('/auth'), onEnd })).toThrow(
    new TypeError('The "onEnd" option must be stay(); it is function'),
  )
})
