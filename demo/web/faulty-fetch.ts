import { readFaults, setFaults } from './fault-switches.ts'
import { trueNow } from './page-clock.ts'

const RENEWALS = ['/auth/refresh', '/auth/renew', '/auth/anonymous']
const MOST_REFUSED = 12
const refused: string[] = []

/** From now on the API refuses the access token of this name as if it had expired. */
export function refuseToken(jti: string): void {
  if (!refused.includes(jti)) refused.push(jti)
  while (refused.length > MOST_REFUSED) refused.shift()
}

/** Whether a request to this URL asks for a new token. */
export function isRenewal(url: string): boolean {
  return RENEWALS.includes(new URL(url, location.href).pathname)
}

/**
 * `fetch` for the session and for the page: applies the faults that are switched on. Those that need the server are asked
 * for by the header `X-Demo-Fault`.
 */
export const faultyFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  const { offline } = readFaults()
  if (offline) throw new TypeError('The demo is offline')
  const answer = await fetch(input, withFaults(input, init, takeFaults(isRenewal(url))))
  if (answer.headers.get('x-demo-fault') === 'lost') throw new TypeError('The answer was lost')
  return answer
}

/** The faults that this request asks the server for. Faults of the next renewal are used up by it. */
function takeFaults(isOfRenewal: boolean): string[] {
  if (!isOfRenewal) return refused.map((jti) => `refuse=${jti}`)
  const { slow, lost, unavailableUntil } = readFaults()
  if (unavailableUntil > trueNow()) return ['unavailable']
  if (slow || lost) setFaults({ slow: false, lost: false })
  return [...(slow ? ['slow'] : []), ...(lost ? ['lost'] : [])]
}

function withFaults(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  faults: readonly string[],
): RequestInit | undefined {
  if (faults.length === 0) return init
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
  headers.set('x-demo-fault', faults.join(', '))
  return { ...init, headers }
}
