import { subIn } from '../../src/tokens.ts'
import { ORIGIN } from '../../src/testing/virtual-page.ts'

/** A request to the API, as it came in. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly headers: Headers
  /** The user of its token; `undefined` without one. */
  readonly user: string | undefined
}

/** An API that remembers what it was sent, and answers 200 to requests with a token. All else goes to `others`. */
export interface NotesApi {
  readonly fetch: typeof fetch
  readonly received: readonly Received[]
  /** In short, in the order in which they came: `POST /api/a alice: text`. */
  readonly log: readonly string[]
  /** Answers the next request to `path`. */
  next(path: string, answer: (request: Received) => Response | Promise<Response>): void
}

export function createNotesApi(others: typeof fetch): NotesApi {
  const received: Received[] = []
  const answers = new Map<string, ((request: Received) => Response | Promise<Response>)[]>()

  async function answer(request: Request): Promise<Response> {
    const { method, headers, signal } = request
    const path = new URL(request.url).pathname
    const user = subIn(headers.get('authorization')?.replace('Bearer ', ''))
    const entry = { method, path, headers, user, body: await request.text() }
    received.push(entry)
    const script = answers.get(path)?.shift()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    return await Promise.race([
      aborted,
      script?.(entry) ?? Response.json({ user }, { status: user === undefined ? 401 : 200 }),
    ])
  }

  return {
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input, `${ORIGIN}/page`)
      if (!url.pathname.startsWith('/api/')) return others(input, init)
      return answer(new Request(input instanceof Request ? input : url, init))
    },
    received,
    get log() {
      return received.map(({ method, path, user, body }) =>
        `${method} ${path} ${user ?? 'nobody'}: ${body}`.replace(/: $/, ''),
      )
    },
    next: (path, script) => void answers.set(path, [...(answers.get(path) ?? []), script]),
  }
}
