import { urlOfRequest } from '../../fetch/url-of-request.ts'
import type { Locks } from '../../ports.ts'
import { readPath } from '../model/entry.ts'
import type { Book } from './book.ts'
import type { Mishaps } from './mishaps.ts'

const UNAUTHORIZED = 401
/** So many refused calls are remembered, to know the next ones again. */
const MOST_REFUSED = 100

/** How requests are told. */
export interface RequestWatch {
  readonly book: Pick<Book, 'begin'>
  readonly mishaps: Pick<Mishaps, 'answerFor' | 'delay'>
  /** Whether a request to this URL gets the access token. */
  readonly carriesToken: (url: string) => boolean
  /** Whether a request without the access token is one for new tokens. */
  readonly isRenewal: (url: string) => boolean
  /** Whether words in the path of a request are told. */
  readonly showPaths: boolean
}

/** The same fetch, whose requests are noted, and spoiled by mishaps. What the caller gets is otherwise untouched. */
export function watchFetch(
  fetch: typeof globalThis.fetch,
  { book, mishaps, carriesToken, isRenewal, showPaths }: RequestWatch,
): typeof globalThis.fetch {
  /** Calls that were refused for their token: the next one like it is the same call, sent again. */
  const refused: string[] = []

  return async (input, init) => {
    const url = urlOfRequest(input) ?? (input as string | URL).toString()
    const method = methodOf(input, init)
    const hasToken = carriesToken(url)
    const call = `${method} ${url}`
    const again = hasToken ? refused.indexOf(call) : -1
    if (again !== -1) refused.splice(again, 1)
    const end = book.begin(!hasToken && isRenewal(url) ? 'renewal' : 'call', {
      method,
      ...(showPaths && { path: readPath(pathOf(url)) }),
      ...(again !== -1 && { replayed: true }),
    })
    try {
      const answer = mishaps.answerFor({ carriesToken: hasToken }) ?? (await fetch(input, init))
      await mishaps.delay(init?.signal)
      init?.signal?.throwIfAborted()
      const { status } = answer
      if (status === UNAUTHORIZED && hasToken && refused.push(call) > MOST_REFUSED) refused.shift()
      end(status < 400 ? 'good' : 'bad', { status })
      return answer
    } catch (error) {
      end((error as Partial<Error> | undefined)?.name === 'TypeError' ? 'lost' : 'quiet')
      throw error
    }
  }
}

/** The same locks, with who waits for the lock of the session and who has it noted. */
export function watchSessionLock(locks: Locks, name: string, book: Pick<Book, 'begin'>): Locks {
  return {
    ...locks,
    async run(lock, work, signal) {
      if (lock !== name) return await locks.run(lock, work, signal)
      const endWait = book.begin('queue')
      let isOver = false
      const stopWaiting = (): void => {
        if (!isOver) endWait('quiet')
        isOver = true
      }
      try {
        return await locks.run(
          lock,
          async (isHeld) => {
            stopWaiting()
            const release = isHeld ? book.begin('lock') : undefined
            try {
              return await work(isHeld)
            } finally {
              release?.('quiet')
            }
          },
          signal,
        )
      } finally {
        stopWaiting()
      }
    },
  }
}

function methodOf(input: unknown, init: RequestInit | undefined): string {
  const { method } = Object(input) as Partial<Request>
  return (init?.method ?? method ?? 'GET').toUpperCase()
}

/** The path of a URL, absolute or not. */
function pathOf(url: string): string {
  return url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
}
