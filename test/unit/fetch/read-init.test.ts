import { describe, expect, test } from 'vitest'
import { copyOf, isLasting, othersOf, type InitCopy } from '../../../src/fetch/read-init.ts'

// RequestInit as the Fetch standard has it (§5.4). `headers` and `signal` are apart: fetch converts neither of them to a text.
const CONVERTED = [
  'body',
  'cache',
  'credentials',
  'duplex',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'priority',
  'redirect',
  'referrer',
  'referrerPolicy',
  'window',
]
const MEMBERS = [...CONVERTED, 'headers', 'signal', 'park', 'replay']

describe('a copy', () => {
  test.each(MEMBERS)('has the `%s` that an init inherits', (name) => {
    expect(copyOf(inheriting({ [name]: 'given' }))).toStrictEqual({ [name]: 'given' })
  })

  test.each<readonly [string, object, object]>([
    ['nothing of an empty init', {}, {}],
    ['a member of the init', { method: 'PUT' }, { method: 'PUT' }],
    ['a member that no list of ours has', { next: { tags: [] } }, { next: { tags: [] } }],
    ['`null` where the caller gave it', { signal: null }, { signal: null }],
    ['`undefined` where the caller gave it', { body: undefined }, { body: undefined }],
    [
      'a member that a class defines',
      new (class {
        method = 'PUT'
      })(),
      { method: 'PUT' },
    ],
    [
      'a member that a getter of a class defines',
      new (class {
        get method() {
          return 'PUT'
        }
      })(),
      { method: 'PUT' },
    ],
    ['a member that cannot be enumerated', hidden('method', 'PUT'), { method: 'PUT' }],
    ['not an unknown member that cannot be enumerated', hidden('next', 'x'), {}],
    ['not an unknown member that an init inherits', inheriting({ next: 'x' }), {}],
    ['not `undefined` that an init inherits', inheriting({ method: undefined }), {}],
    [
      'the member of an init, not the one it inherits',
      inheriting({ method: 'PUT' }, { method: 'PATCH' }),
      { method: 'PATCH' },
    ],
  ])('has %s', (_, init, expected) => {
    expect(copyOf(init)).toStrictEqual(expected)
  })

  const PAIRS = [
    ['x-a', '1'],
    ['x-b', '2'],
  ] as const

  test.each<readonly [string, unknown, unknown]>([
    ['an object', { 'x-a': '1' }, { 'x-a': '1' }],
    ['a list of pairs', PAIRS, PAIRS],
    ['Headers', new Headers(Object.fromEntries(PAIRS)), PAIRS],
    ['a Map', new Map(PAIRS), PAIRS],
    ['an iterator, which can be read once', PAIRS.values(), PAIRS],
    ['a list of iterators', PAIRS.map((pair) => pair.values()), PAIRS],
    ['a list of strings, which fetch refuses', ['ab'], ['ab']],
    ['a string, which fetch refuses', 'ab', 'ab'],
    ['`null`', null, null],
    ['`undefined`', undefined, undefined],
  ])('has headers that were given as %s', (_, headers, expected) => {
    expect(copyOf({ headers })).toStrictEqual({ headers: expected })
  })

  test('does not change with what it was made of', () => {
    const headers = new Headers({ 'x-a': '1' })
    const init = { method: 'PUT', headers }
    const copy = copyOf(init)
    init.method = 'PATCH'
    headers.set('x-a', '2')
    expect(copy).toStrictEqual({ method: 'PUT', headers: [['x-a', '1']] })
  })

  test.each(MEMBERS)('reads `%s` once, wherever it is', (name) => {
    let reads = 0
    const getter = { enumerable: true, get: () => ++reads }
    const init = Object.defineProperty({}, name, getter)
    copyOf(init)
    copyOf(inheriting(init))
    expect(reads).toBe(2)
  })
})

describe('fetch makes the same request each time of a copy', () => {
  test.each<readonly [string, object]>([
    ['of nothing', {}],
    [
      'of texts, numbers and truth values',
      { method: 'PUT', body: 'text', keepalive: true, window: 0 },
    ],
    ['of `null` and `undefined`', { body: null, window: null, method: undefined }],
    ['with headers', { headers: [['x-a', '1']] }],
    ['with a signal', { signal: new AbortController().signal }],
    ['with an object that only another fetch knows', { next: { revalidate: 60 } }],
  ])('%s', (_, copy) => {
    expect(isLasting(copy as InitCopy)).toBe(true)
  })
})

describe('fetch may make another request each time of a copy', () => {
  test.each(CONVERTED)('whose `%s` is an object', (name) => {
    expect(isLasting({ [name]: { toString: () => 'x' } })).toBe(false)
  })

  test.each<readonly [string, object]>([
    ['bytes', { body: new Uint8Array(1) }],
    ['a function', { method: () => 'PUT' }],
    ['one object among texts', { method: 'PUT', body: new Blob(), mode: 'cors' }],
  ])('that has %s', (_, copy) => {
    expect(isLasting(copy as InitCopy)).toBe(false)
  })
})

test.each<readonly [string, object, object]>([
  ['nothing of nothing', {}, {}],
  [
    'nothing of what a Request takes in',
    Object.fromEntries(MEMBERS.map((name) => [name, 'x'])),
    {},
  ],
  [
    'what only another fetch knows',
    { method: 'PUT', next: { tags: [] }, retry: 3 },
    { next: { tags: [] }, retry: 3 },
  ],
  ['a name in another case', { METHOD: 'PUT' }, { METHOD: 'PUT' }],
])('beside a Request goes %s', (_, copy, expected) => {
  expect(othersOf(copy as InitCopy)).toStrictEqual(expected)
})

/** An init that inherits these members. */
function inheriting(inherited: object, own: object = {}): object {
  return Object.assign(Object.create(inherited) as object, own)
}

/** An init whose member cannot be enumerated. */
function hidden(name: string, value: string): object {
  return Object.defineProperty({}, name, { value })
}
