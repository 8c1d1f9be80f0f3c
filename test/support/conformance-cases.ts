// What fetch can be asked, and what can be observed of its answers. Runs in Node.js and in a page, so there is no
// import here.

type Fetch = typeof fetch

/** What a case gets: the fetch under test, the server, and what all its requests have in common. */
export interface Setting {
  readonly fetch: Fetch
  readonly origin: string
  readonly init: RequestInit
}

/** Everything that can be observed of a settled call. */
export type Seen = Readonly<Record<string, unknown>>

const REASON = { mine: true }
let ids = 0

/** Sends to `path`, with `init` beside what the setting says. */
function get({ fetch, origin, init }: Setting, path: string, more: RequestInit = {}) {
  return fetch(origin + path, { ...init, ...more })
}

async function answer(response: Response): Promise<Seen> {
  const { url, redirected, type, status, statusText, ok, bodyUsed } = response
  const headers = [...response.headers].filter(([name]) => !/^(date|keep-alive)$/.test(name))
  const hasBody = response.body !== null
  const copy = response.clone()
  const text = await response.text()
  return {
    url,
    redirected,
    type,
    status,
    statusText,
    ok,
    bodyUsed,
    headers,
    hasBody,
    text,
    copy: await copy.text(),
    isResponse: response instanceof Response,
  }
}

function failure(error: unknown): Seen {
  if (error === REASON) return { reason: 'its own' }
  const { name, message, constructor } = error as Error
  return { name, message, constructor: constructor.name }
}

/** Settles to what can be observed of `call`, whether it succeeds or fails. A synchronous throw is not a rejection. */
async function outcome(call: () => Promise<Response>): Promise<Seen> {
  let promise: Promise<Response>
  try {
    promise = call()
  } catch (error) {
    return { thrown: failure(error) }
  }
  try {
    return await answer(await promise)
  } catch (error) {
    return failure(error)
  }
}

const answers =
  (path: string, more?: RequestInit) =>
  (setting: Setting): Promise<Seen> =>
    outcome(() => get(setting, path, more))

/** Aborts `path` with `reason` once the server has the request. */
const aborted =
  (reason?: unknown) =>
  (setting: Setting): Promise<Seen> => {
    const caller = new AbortController()
    const id = `?id=${String(++ids)}`
    void fetch(`${setting.origin}/arrived${id}`).then(() => caller.abort(reason))
    return outcome(() => get(setting, `/never${id}`, { signal: caller.signal }))
  }

/** The cases, by topic. */
export const CASES: Readonly<Record<string, (setting: Setting) => Promise<Seen>>> = {
  'an answer': answers('/json'),
  'an answer without a body': answers('/empty'),
  'an error status': answers('/missing'),
  'a 401': answers('/refused'),
  'a redirect': answers('/redirect'),
  'a redirect that is not to be followed': answers('/redirect', { redirect: 'manual' }),
  'a redirect that is an error': answers('/redirect', { redirect: 'error' }),
  'redirects for ever': answers('/loop'),
  'a connection that breaks': answers('/broken'),
  'a body that breaks off': answers('/cut'),
  'a body that is sent': answers('/echo', { method: 'POST', body: 'sent' }),
  HEAD: answers('/json', { method: 'HEAD' }),
  'a URL object': (setting) =>
    outcome(() => setting.fetch(new URL(`${setting.origin}/json`), setting.init)),
  'a Request': (setting) =>
    outcome(() => setting.fetch(new Request(`${setting.origin}/json`, setting.init))),
  'a Request used up': async (setting) => {
    const init = { ...setting.init, method: 'POST', body: 'x' }
    const request = new Request(`${setting.origin}/echo`, init)
    await request.text()
    return await outcome(() => setting.fetch(request))
  },
  'a body that streams': async (setting) => {
    const id = `?id=${String(++ids)}`
    const reader = (await get(setting, `/stream${id}`)).body?.getReader()
    const first = await reader?.read()
    await fetch(`${setting.origin}/release${id}`)
    const second = await reader?.read()
    const texts = [first, second].map((chunk) => new TextDecoder().decode(chunk?.value))
    return { texts, done: (await reader?.read())?.done }
  },
  'aborted before, with a reason': answers('/json', { signal: AbortSignal.abort(REASON) }),
  'aborted before, without one': answers('/json', { signal: AbortSignal.abort() }),
  'aborted before, with undefined by name': answers('/json', { signal: AbortSignal.abort('text') }),
  'aborted before the headers': aborted(REASON),
  'aborted before the headers, without a reason': aborted(),
  'aborted by a timeout': (setting) =>
    outcome(() => get(setting, '/never?id=timeout', { signal: AbortSignal.timeout(1) })),
  'aborted in the body': async (setting) => {
    const caller = new AbortController()
    const { signal } = caller
    const response = await get(setting, `/stream?id=${String(++ids)}`, { signal })
    const reader = response.body?.getReader()
    await reader?.read()
    caller.abort(REASON)
    return await outcome(async () => {
      await reader?.read()
      return response
    })
  },
  'a method that is none': answers('/json', { method: 'BAD METHOD' }),
  'a method that is forbidden': answers('/json', { method: 'CONNECT' }),
  'a body with GET': answers('/json', { body: 'x' }),
  'a mode that is none': answers('/json', { mode: 'sideways' as RequestMode }),
  'a mode that is reserved': answers('/json', { mode: 'navigate' }),
  'credentials that are none': answers('/json', { credentials: 'some' as RequestCredentials }),
  'a signal that is none': answers('/json', { signal: 'none' as unknown as AbortSignal }),
  'a referrer that is none': answers('/json', { referrer: 'http://[' }),
  'a stream without duplex': answers('/echo', { method: 'POST', body: new Blob(['x']).stream() }),
  'a header name that is none': (setting) =>
    outcome(() =>
      get(setting, '/json', {
        headers: [...Object.entries(setting.init.headers ?? {}), ['bad name', 'x']] as [
          string,
          string,
        ][],
      }),
    ),
  'a header value that is none': (setting) =>
    outcome(() =>
      get(setting, '/json', {
        headers: { ...(setting.init.headers as Record<string, string> | undefined), 'x-own': 'Ω' },
      }),
    ),
  'no such scheme': (setting) => outcome(() => setting.fetch('gopher://x/', setting.init)),
  'no such port': (setting) => outcome(() => setting.fetch('http://x:99999/', setting.init)),
  'no URL': (setting) => outcome(() => setting.fetch('http://[', setting.init)),
  'a URL with credentials': (setting) =>
    outcome(() => setting.fetch(setting.origin.replace('//', '//a:b@'), setting.init)),
  'a data: URL': (setting) => outcome(() => setting.fetch('data:text/plain,hello')),
  'a symbol': (setting) => outcome(() => setting.fetch(Symbol('x') as unknown as string)),
  'nothing at all': (setting) => outcome(() => (setting.fetch as () => Promise<Response>)()),
}
