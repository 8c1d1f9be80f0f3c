import { dpop } from '../../../src/dpop/index.ts'
import { cookieTransport, jsonTransport, type Transport } from '../../../src/index.ts'

/** What page and worker share, at a server that knows neither keys nor numbers. */
export function transportFor(mode: string | null): Transport {
  if (mode === 'body') return jsonTransport('/auth', { idempotencyHeader: false })
  return mode === 'dpop' ? dpop(cookieTransport('/auth')) : cookieTransport('/auth')
}
