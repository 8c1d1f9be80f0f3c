import { expect, test } from 'vitest'
import {
  posted,
  readReply,
  readRequest,
  type Reply,
  type Request,
} from '../../../../src/core/worker/messages.ts'

const introduction = {
  name: '/auth',
  transport: 'https://app.example/auth',
  storage: 'memory',
  base: 'https://app.example/',
} as const

const hello: Request = { ...introduction, type: 'hello' }
const refresh: Request = { ...introduction, type: 'refresh', session: 'S', used: 3 }

test.each([hello, refresh])('a message to a worker is read as it was posted: $type', (request) => {
  expect(readRequest(posted(request))).toMatchObject(request)
})

test.each<[string, Reply]>([
  ['it is there', { type: 'alive' }],
  ['it is done', { type: 'over' }],
  ['the server gave no answer', { type: 'over', failed: { retryAt: 5_000, status: null } }],
  ['it has another session', { type: 'refused', because: 'other-session' }],
  ['it needs the page', { type: 'refused', because: 'needs-page' }],
])('the answer of a worker is read as it was posted: %s', (_, reply) => {
  expect(readReply(posted(reply))).toMatchObject(reply)
})

const OTHERS = [
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', 'news'],
  ['an object of the application', { type: 'refresh' }],
  ['an object whose version is no number', { ...hello, latchkey: '1' }],
] as const

test.each(OTHERS)('%s is no message to a worker of latchkey', (_, received) => {
  expect(readRequest(received)).toBeUndefined()
})

test.each([0, 2, 1.5])('a message to a worker in version %d is of another release', (latchkey) => {
  expect(readRequest({ ...hello, latchkey })).toBe('of another release')
})

test.each([...OTHERS, ['an answer in version 2', { type: 'alive', latchkey: 2 }]] as const)(
  '%s is taken for the answer of a worker of another release',
  (_, received) => {
    expect(readReply(received)).toEqual({ type: 'refused', because: 'other-release' })
  },
)

test('a message says its version, and is otherwise the same', () => {
  expect(posted(refresh)).toEqual({ ...refresh, latchkey: 1 })
})
