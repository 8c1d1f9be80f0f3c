import { expect, test } from 'vitest'
import {
  cookieTransport,
  createSession,
  jsonTransport,
  memoryStorage,
  recordStorage,
  stay,
  type SessionOptions,
} from '../../src/index.ts'
import { resolveOptions } from '../../src/options.ts'
import { refreshWorker, serveRefreshes } from '../../src/worker/index.ts'

// Misuse is a TypeError that names the option, what was given and the fix; thrown at creation.

const transport = cookieTransport('/auth')

function misuse(options: unknown): string {
  try {
    createSession(options as SessionOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  throw new Error('Not refused')
}

test.each<[string, Record<string, unknown>, given: string, fix: RegExp]>([
  ['transport', { transport: undefined }, 'undefined', /cookieTransport\('\/auth'\)/],
  ['transport', { transport: null }, 'null', /cookieTransport/],
  ['transport', { transport: '/auth' }, 'string', /cookieTransport/],
  ['transport', { transport: cookieTransport }, 'function', /cookieTransport/],
  ['transport', { transport: {} }, 'object', /cookieTransport/],
  ['storage', { storage: 'localStorage' }, 'string', /memoryStorage\(\) or recordStorage\(\)/],
  ['storage', { storage: {} }, 'object', /memoryStorage\(\)/],
  ['storage', { storage: memoryStorage }, 'function', /memoryStorage\(\)/],
  ['name', { name: '' }, 'string', /non-empty string/],
  ['name', { name: 7 }, '7', /non-empty string/],
  ['name', { name: null }, 'null', /non-empty string/],
  ['leadMs', { leadMs: -1 }, '-1', /milliseconds, 0 or more/],
  ['leadMs', { leadMs: NaN }, 'NaN', /milliseconds/],
  ['leadMs', { leadMs: '60s' }, 'string', /milliseconds/],
  ['maxWaitMs', { maxWaitMs: -5 }, '-5', /milliseconds/],
  ['maxWaitMs', { maxWaitMs: null }, 'null', /milliseconds/],
  ['judgeResponse', { judgeResponse: 401 }, '401', /a function/],
  ['judgeResponse', { judgeResponse: null }, 'null', /a function/],
  ['shouldReplay', { shouldReplay: true }, 'boolean', /a function/],
  ['fetch', { fetch: 'fetch' }, 'string', /a function/],
  ['diagnostics', { diagnostics: console }, 'object', /diagnostics\(\)/],
  ['events', { events: '/auth/events' }, 'string', /serverEvents\('\/auth\/events'\)/],
  ['worker', { worker: '/session-worker.js' }, 'string', /refreshWorker\(\(\) => new SharedWorker/],
  ['worker', { worker: () => undefined }, 'function', /refreshWorker/],
  ['onEnd', { onEnd: true }, 'boolean', /stay\(\)/],
  ['onEnd', { onEnd: stay }, 'function', /stay\(\)/],
  ['origins', { origins: 'https://api.test' }, 'string', /\['https:\/\/api\.example\.com'\]/],
  ['origins', { origins: null }, 'null', /list of origins/],
  ['origins', { origins: [7] }, 'list', /list of origins/],
])('the error names "%s", its type for %j, and what it must be', (option, given, type, fix) => {
  const message = misuse({ transport, ...given })
  expect(message).toContain(`"${option}"`)
  expect(message).toMatch(fix)
  expect(message).toMatch(new RegExp(`it is .*${type}$`))
})

test.each([
  ['nothing', () => refreshWorker(undefined as never), '"connect"', /it is undefined$/],
  ['a worker', () => refreshWorker({} as never), '"connect"', /object$/],
  ['no transport', () => serveRefreshes({} as never), '"transport"', /it is undefined$/],
  ['no options', () => serveRefreshes(undefined as never), '"transport"', /it is undefined$/],
  [
    'no storage',
    () => serveRefreshes({ transport, storage: 'memory' as never }),
    '"storage"',
    /string$/,
  ],
  ['no fetch', () => serveRefreshes({ transport, fetch: 'fetch' as never }), '"fetch"', /string$/],
])('a refresh worker that is given %s is refused by name', (_, call, option, type) => {
  expect(call).toThrow(TypeError)
  expect(call).toThrow(option)
  expect(call).toThrow(type)
})

test('a page serves no refreshes', () => {
  expect(() => serveRefreshes({ transport })).toThrow(/in a SharedWorker or in a service worker/)
})

test.each([
  'https://api.test/',
  'https://api.test/v1',
  'https://api.test?x',
  'https://API.test',
  'https://api.test:443',
  'https://user@api.test',
  'https://*.api.test',
  'api.test',
  '//api.test',
  '/',
  '*',
  'null',
  'blob:https://api.test',
  'file://',
  'ws://api.test',
  '',
])('%j is not an origin', (origin) => {
  expect(misuse({ transport, origins: ['https://fine.test', origin] })).toContain('"origins"')
})

test.each([
  'https://api.test',
  'http://localhost:3000',
  'https://api.test:8443',
  'http://[::1]:8080',
])('%j is an origin', (origin) => {
  expect(resolveOptions({ transport, origins: [origin] }).origins).toEqual([origin])
})

test('without options the error names what is missing', () => {
  expect(misuse(undefined)).toContain('"transport"')
  expect(misuse(null)).toContain('"transport"')
  expect(misuse({})).toContain('"transport"')
})

test('a transport without a storage needs the option', () => {
  const bare = { ...transport, storage: undefined }
  expect(misuse({ transport: bare })).toContain('"storage"')
})

test('a readable refresh token in memory cannot be shared by tabs', () => {
  const message = misuse({ transport: jsonTransport('/auth'), storage: memoryStorage() })
  expect(message).toContain('"storage"')
  expect(message).toContain('recordStorage()')
})

test('tokens of a cookie transport may be stored in the record', () => {
  const storage = recordStorage()
  expect(resolveOptions({ transport, storage }).storage).toBe(storage)
})

test('`undefined` means the default', () => {
  const { transport: given, ...defaults } = resolveOptions({
    transport,
    origins: undefined,
    name: undefined,
    storage: undefined,
    leadMs: undefined,
    maxWaitMs: undefined,
    judgeResponse: undefined,
    shouldReplay: undefined,
    fetch: undefined,
    diagnostics: undefined,
    warnings: undefined,
  })
  expect(given).toBe(transport)
  expect(defaults).toMatchObject({
    origins: [],
    name: undefined,
    storage: transport.storage,
    leadMs: 60_000,
    maxWaitMs: 15_000,
    fetch: undefined,
    diagnostics: undefined,
    warnings: undefined,
  })
  expect(defaults.judgeResponse(new Response(null, { status: 401 }))).toBe('renew')
  expect(defaults.judgeResponse(new Response())).toBe('ok')
  expect(defaults.shouldReplay({ method: 'POST', url: '/', href: 'https://app.test/' })).toBe(true)
  expect(resolveOptions({ transport })).toEqual({
    transport,
    ...defaults,
    shouldReplay: expect.any(Function) as unknown,
  })
})

test("the caller's objects are not modified", () => {
  const options = Object.freeze({ transport, origins: Object.freeze(['https://api.test']) })
  const resolved = resolveOptions(options)
  expect(Object.keys(options)).toEqual(['transport', 'origins'])
  expect(resolved.origins).not.toBe(options.origins)
})

test('0 and Infinity are valid durations', () => {
  expect(resolveOptions({ transport, leadMs: 0, maxWaitMs: Infinity })).toMatchObject({
    leadMs: 0,
    maxWaitMs: Infinity,
  })
})
