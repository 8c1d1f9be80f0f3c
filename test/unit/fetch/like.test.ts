import { expect, test } from 'vitest'
import { like } from '../../../src/fetch/like.ts'
import { asFetched } from '../../support/as-fetched.ts'

type Origin = Pick<Response, 'url' | 'redirected' | 'type'>

const answerFrom = (origin: Origin): Response => asFetched(new Response('original'), origin)

const originOf = ({ url, redirected, type }: Response): Origin => ({ url, redirected, type })

const CASES: readonly (readonly [string, Origin])[] = [
  ['of the same origin', { url: 'https://app.test/notes', redirected: false, type: 'basic' }],
  ['of another origin', { url: 'https://api.test/notes', redirected: false, type: 'cors' }],
  ['that was redirected', { url: 'https://api.test/moved', redirected: true, type: 'cors' }],
  ['that a service worker made up', { url: '', redirected: false, type: 'default' }],
]

test.each(CASES)('a copy of an answer %s says where it came from', (_, origin) => {
  expect(originOf(like(answerFrom(origin), new Response('copy')))).toEqual(origin)
})

test.each(CASES)('a clone of a copy of an answer %s says so, too, and its clone', (_, origin) => {
  const clone = like(answerFrom(origin), new Response('copy')).clone()
  expect([clone, clone.clone()].map(originOf)).toEqual([origin, origin])
})

test('a copy keeps its own status, headers and body, which its clones share', async () => {
  const original = answerFrom({ url: 'https://app.test/', redirected: false, type: 'basic' })
  const made = new Response('copy', { status: 401, headers: { 'x-own': 'copy' } })
  const copy = like(original, made)
  expect(copy).toBe(made)
  const clone = copy.clone()
  for (const each of [copy, clone]) {
    expect([each.status, each.headers.get('x-own'), await each.text()]).toEqual([
      401,
      'copy',
      'copy',
    ])
  }
})
