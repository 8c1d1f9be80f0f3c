import type { MiddlewareHandler } from 'hono'
import type { AddressOf } from './client-address.ts'
import type { Config } from '../../config.ts'
import { createFairQueue, QueueFull } from './fair-queue.ts'
import { blocksOf } from './network-of.ts'
import { Refusal } from '../../server/http/refusal.ts'

/**
 * Lets a few of the requests that hash a password run at once at this instance, and addresses take turns. If too many
 * wait, the address with most of them is refused with 503 and `Retry-After`, before an attempt is counted. A hash costs
 * as much as a thousand other requests, and the limit of attempts does not stop right passwords.
 */
export function loginGate(
  addressOf: AddressOf,
  { loginsAtOnce, loginsWaiting }: Pick<Config, 'loginsAtOnce' | 'loginsWaiting'>,
): MiddlewareHandler {
  const queue = createFairQueue({ atOnce: loginsAtOnce, places: loginsWaiting })

  return async (c, next) => {
    // A body that is sent slowly must not hold a place. It is kept, so the routes read it from memory.
    await c.req.text()
    const [{ block }] = blocksOf(addressOf(c))
    try {
      await queue.run(block, async () => {
        if (c.req.raw.signal.aborted)
          throw new Refusal(400, 'invalid_request', 'The client has gone.')
        await next()
      })
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error
      throw new Refusal(503, 'temporarily_unavailable', 'Too many users sign in at the moment.', {
        'retry-after': '1',
      })
    }
  }
}
