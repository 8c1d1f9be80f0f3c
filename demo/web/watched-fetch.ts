import { readFaults, setFaults } from './fault-switches.ts'
import { watchLock } from './lock-watch.ts'
import { note } from './logbook.ts'
import { trueNow } from './page-clock.ts'

const RENEWALS = ['/auth/refresh', '/auth/renew', '/auth/anonymous']
const MOST_REFUSED = 12
const refused: string[] = []

/** From now on the API refuses the access token of this name as if it had expired. */
export function refuseToken(jti: string): void {
  if (!refused.includes(jti)) refused.push(jti)
  while (refused.length > MOST_REFUSED) refused.shift()
}

/**
 * `fetch` for the session and for the page. Notes each request in the timeline, and applies the faults that are
 * switched on. Those that need the server are asked for by the header `X-Demo-Fault`.
 */
export const watchedFetch: typeof fetch = async (input, init) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input, location.href)
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  const isRenewal = RENEWALS.includes(pathname)
  const line = `${method.toUpperCase()} ${pathname}`
  const end = note({ kind: isRenewal ? 'renewal' : 'call', text: line })
  if (isRenewal) watchLock()
  try {
    const { offline } = readFaults()
    if (offline) throw new TypeError('The demo is offline')
    const answer = await fetch(input, dressed(input, init, takeFaults(isRenewal)))
    if (answer.headers.get('x-demo-fault') === 'lost') throw new TypeError('The answer was lost')
    end({ outcome: answer.ok ? 'good' : 'bad', text: `${line}: ${answer.status}` })
    return answer
  } catch (error) {
    const why = error instanceof TypeError ? 'no answer' : 'given up'
    end({ outcome: 'lost', text: `${line}: ${why}` })
    throw error
  }
}

/** The faults that this request asks the server for. Faults of the next renewal are used up by it. */
function takeFaults(isRenewal: boolean): string[] {
  if (!isRenewal) return refused.map((jti) => `refuse=${jti}`)
  const { slow, lost, unavailableUntil } = readFaults()
  if (unavailableUntil > trueNow()) return ['unavailable']
  if (slow || lost) setFaults({ slow: false, lost: false })
  return [...(slow ? ['slow'] : []), ...(lost ? ['lost'] : [])]
}

function dressed(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  faults: readonly string[],
): RequestInit | undefined {
  if (faults.length === 0) return init
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
  headers.set('x-demo-fault', faults.join(', '))
  return { ...init, headers }
}
