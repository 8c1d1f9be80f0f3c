import { cookieTransport, jsonTransport, type Transport } from '../../../src/index.ts'

/** What page and worker share, at a server that knows neither keys nor numbers. */
export function transportFor(mode: string | null): Transport {
  return mode === 'body'
    ? jsonTransport('/auth', { idempotencyHeader: false })
    : cookieTransport('/auth')
}
