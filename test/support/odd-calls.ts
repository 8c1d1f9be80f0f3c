// Calls of fetch as few applications make them, each with its arguments made anew. Runs in Node.js and in a page, so there
// is no import here.

type Fetch = typeof fetch

/** Makes one call. Adds to `notes` what the call did to its arguments. */
export type OddCall = (fetch: Fetch, url: string, notes: unknown[]) => Promise<Response>

const wrong = (value: unknown): never => value as never
const text = (): RequestInit => ({ method: 'POST', body: 'sent' })

class Init {
  get method(): string {
    return 'POST'
  }
  get body(): string {
    return 'sent'
  }
  get headers(): HeadersInit {
    return { 'x-own': 'mine' }
  }
}

/** An object whose members are read through `get` alone. */
function readByGet(members: object, notes: unknown[]): RequestInit {
  return new Proxy(
    {},
    {
      get(_, name) {
        if (!(name in members)) return undefined
        notes.push(name)
        return (members as Record<PropertyKey, unknown>)[name]
      },
    },
  )
}

function* pairs(): Generator<[string, string]> {
  yield ['x-own', 'mine']
  yield ['x-more', '1']
}

/** An iterable that can be iterated once, and has no `next` of its own. */
function once(): Iterable<[string, string]> {
  const all = pairs()
  return { [Symbol.iterator]: () => all }
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

/** A buffer that is resizable, which TypeScript's library for these tests does not know. */
function growing(): ArrayBuffer {
  const make = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
  return new make(8, { maxByteLength: 16 })
}

/** A value whose conversion to a string is counted. */
function counted(value: string, notes: unknown[], how: 'toString' | 'toPrimitive'): unknown {
  const convert = (hint?: unknown): string => {
    notes.push(`${how} ${String(hint)}`)
    return value
  }
  return how === 'toString' ? { toString: convert } : { [Symbol.toPrimitive]: convert }
}

/** The calls, by name. */
export const ODD_CALLS: Readonly<Record<string, OddCall>> = {
  // Where the members of init are.
  'a Request as init': (fetch, url) => fetch(url, wrong(new Request(url, text()))),
  'a class as init': (fetch, url) => fetch(url, new Init()),
  'an object without own members': (fetch, url) => fetch(url, wrong(Object.create(text()))),
  'members that cannot be enumerated': (fetch, url) =>
    fetch(url, Object.defineProperties({}, { method: { value: 'POST' }, body: { value: 'x' } })),
  'a Proxy with a `get` trap alone': (fetch, url, notes) => fetch(url, readByGet(text(), notes)),
  'a Proxy of an init': (fetch, url) => fetch(url, new Proxy(text(), {})),
  'a function as init': (fetch, url) => fetch(url, wrong(Object.assign(() => undefined, text()))),
  'an array as init': (fetch, url) => fetch(url, wrong([])),
  'getters that count': (fetch, url, notes) =>
    fetch(url, {
      get method() {
        notes.push('method')
        return 'POST'
      },
      get body() {
        notes.push('body')
        return 'sent'
      },
    }),
  'a getter that throws': (fetch, url) =>
    fetch(url, {
      get method(): string {
        throw new RangeError('mine')
      },
    }),
  'no init': (fetch, url) => fetch(url, wrong(null)),
  'a number as init': (fetch, url) => fetch(url, wrong(5)),
  'a string as init': (fetch, url) => fetch(url, wrong('POST')),
  'a symbol as init': (fetch, url) => fetch(url, wrong(Symbol('POST'))),

  // Headers.
  'a Map as headers': (fetch, url) => fetch(url, { headers: wrong(new Map(pairs())) }),
  'entries as headers': (fetch, url) => fetch(url, { headers: wrong(new Map(pairs()).entries()) }),
  'a generator as headers': (fetch, url) => fetch(url, { headers: wrong(pairs()) }),
  'an iterable for one use as headers': (fetch, url) => fetch(url, { headers: wrong(once()) }),
  'a URLSearchParams as headers': (fetch, url) =>
    fetch(url, { headers: wrong(new URLSearchParams({ 'x-own': 'mine' })) }),
  'pairs that are iterators': (fetch, url) =>
    fetch(url, { headers: wrong([['x-own', 'mine'].values()]) }),
  'getters as headers': (fetch, url, notes) =>
    fetch(url, {
      headers: {
        get 'x-own'() {
          notes.push('x-own')
          return 'mine'
        },
      },
    }),
  'null as headers': (fetch, url) => fetch(url, { headers: wrong(null) }),
  'a string as headers': (fetch, url) => fetch(url, { headers: wrong('ab') }),
  'strings as pairs': (fetch, url) => fetch(url, { headers: wrong(['ab']) }),
  'numbers as pairs': (fetch, url) => fetch(url, { headers: wrong([1, 2]) }),
  'half a pair': (fetch, url) => fetch(url, { headers: wrong([['x-own']]) }),
  'a generator with a header that is none': (fetch, url) =>
    fetch(url, { headers: wrong([['bad name', 'x']].values()) }),
  'a generator that throws': (fetch, url) =>
    fetch(url, {
      headers: wrong(
        (function* () {
          yield ['x-own', 'mine']
          throw new RangeError('mine')
        })(),
      ),
    }),

  // Signals.
  'no signal': (fetch, url) => fetch(url, { signal: null }),
  'false as a signal': (fetch, url) => fetch(url, { signal: wrong(false) }),
  'zero as a signal': (fetch, url) => fetch(url, { signal: wrong(0) }),
  'an empty string as a signal': (fetch, url) => fetch(url, { signal: wrong('') }),
  'an object as a signal': (fetch, url) => fetch(url, { signal: wrong({ aborted: true }) }),
  'a controller as a signal': (fetch, url) => fetch(url, { signal: wrong(new AbortController()) }),
  'an aborted signal': (fetch, url) => fetch(url, { signal: AbortSignal.abort('mine') }),
  'an aborted signal and a method that is none': (fetch, url) =>
    fetch(url, { signal: AbortSignal.abort('mine'), method: 'BAD METHOD' }),
  'an aborted signal and a header that is none': (fetch, url) =>
    fetch(url, { signal: AbortSignal.abort('mine'), headers: { 'bad name': 'x' } }),
  'a Request with an aborted signal': (fetch, url) =>
    fetch(new Request(url, { signal: AbortSignal.abort('mine') })),
  'an aborted signal, taken away from a Request': (fetch, url) =>
    fetch(new Request(url, { signal: AbortSignal.abort('mine') }), { signal: null }),

  // What is converted.
  'a URL that has a value as well': (fetch, url) =>
    fetch(wrong({ toString: () => url, valueOf: () => 'http://elsewhere.invalid/' })),
  'a URL by toString': (fetch, url, notes) => fetch(wrong(counted(url, notes, 'toString'))),
  'a URL by toPrimitive': (fetch, url, notes) => fetch(wrong(counted(url, notes, 'toPrimitive'))),
  'a URL with a string of its own': (fetch, url) =>
    fetch(Object.assign(new URL('http://elsewhere.invalid/'), { toString: () => url })),
  'a method by toString': (fetch, url, notes) =>
    fetch(url, { method: wrong(counted('PUT', notes, 'toString')) }),
  'a body by toString': (fetch, url, notes) =>
    fetch(url, { method: 'POST', body: wrong(counted('sent', notes, 'toString')) }),
  'a number as a body': (fetch, url) => fetch(url, { method: 'POST', body: wrong(5) }),
  'a method in lower case': (fetch, url) => fetch(url, { method: 'patch', body: 'x' }),
  'a post in lower case': (fetch, url) => fetch(url, { method: 'post', body: 'x' }),
  'an input that throws': (fetch) =>
    fetch(
      wrong({
        toString() {
          throw new RangeError('mine')
        },
      }),
    ),
  'an object that cannot be converted': (fetch) => fetch(wrong(Object.create(null))),
  'what only says that it is a Request': (fetch, url) =>
    fetch(
      wrong({
        [Symbol.toStringTag]: 'Request',
        url: 'http://elsewhere.invalid/',
        headers: new Headers(),
        toString: () => url,
      }),
    ),

  // Bodies.
  'a detached buffer': (fetch, url) => fetch(url, { method: 'POST', body: detached() }),
  'a view of a detached buffer': (fetch, url) => {
    const view = new Uint8Array(8)
    structuredClone(view.buffer, { transfer: [view.buffer] })
    return fetch(url, { method: 'POST', body: view })
  },
  'a buffer that can grow': (fetch, url) =>
    fetch(url, {
      method: 'POST',
      body: growing(),
    }),
  'a view of a buffer that can grow': (fetch, url) =>
    fetch(url, {
      method: 'POST',
      body: new Uint8Array(growing()),
    }),
  'a body with GET': (fetch, url) => fetch(url, { body: new URLSearchParams({ a: '1' }) }),
  'a stream without duplex': (fetch, url) =>
    fetch(url, { method: 'POST', body: new Blob(['x']).stream() }),

  // Requests.
  'a Request': (fetch, url) => fetch(new Request(url, { ...text(), headers: { 'x-own': 'mine' } })),
  'a Request whose body is replaced': (fetch, url) =>
    fetch(new Request(url, text()), { body: 'instead' }),
  'a Request whose headers are replaced': (fetch, url) =>
    fetch(new Request(url, { headers: { 'x-own': 'mine' } }), { headers: { 'x-more': '1' } }),
  'a Request whose method is replaced': (fetch, url) =>
    fetch(new Request(url, text()), { method: 'PUT' }),
  'a Request that is used up': async (fetch, url) => {
    const request = new Request(url, text())
    await request.text()
    return await fetch(request)
  },
  'a Request that is used up, with another body': async (fetch, url) => {
    const request = new Request(url, text())
    await request.text()
    return await fetch(request, { body: 'instead' })
  },
  'a Request that is used at once': (fetch, url, notes) => {
    const request = new Request(url, text())
    const answer = fetch(request)
    notes.push(request.bodyUsed)
    return answer
  },
  'a Request that claims another URL': (fetch, url) =>
    fetch(Object.defineProperty(new Request(url), 'url', { value: 'http://elsewhere.invalid/' })),
  'a Request of a class that claims another URL': (fetch, url) => {
    class Liar extends Request {
      override get url(): string {
        return 'http://elsewhere.invalid/'
      }
    }
    return fetch(new Liar(url))
  },
  'a Request with an init of nothing': (fetch, url) => fetch(new Request(url, text()), {}),
  'a Request with an init that only another fetch knows': (fetch, url) =>
    fetch(new Request(url, text()), wrong({ next: { revalidate: 60 } })),
  'a Request with a referrer': (fetch, url) =>
    fetch(new Request(url, { referrer: new URL('/from-here', url).href })),
  'a Request with a referrer policy': (fetch, url) =>
    fetch(new Request(url, { referrerPolicy: 'no-referrer' })),
  'a Request with a referrer, and an init': (fetch, url) =>
    fetch(new Request(url, { referrer: new URL('/from-here', url).href }), {
      headers: { 'x-own': 'mine' },
    }),
  'a Request with a referrer policy, and an init': (fetch, url) =>
    fetch(new Request(url, { referrerPolicy: 'no-referrer' }), { cache: 'no-cache' }),
  'a referrer': (fetch, url) => fetch(url, { referrer: new URL('/from-here', url).href }),
}
