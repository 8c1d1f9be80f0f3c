import type { MiddlewareHandler } from 'hono'
import type { AddressOf } from '../protection/client-address.ts'
import type { Extension } from '../../server/extension.ts'
import { networkOf } from '../protection/network-of.ts'

declare module '../../server/sessions.ts' {
  interface SessionData {
    readonly seen?: Seen
  }
}

/** Where a session has been seen. */
export interface Seen {
  /** The address of its last renewal. */
  readonly address: string
  /** The networks that it has been used from, the newest last. */
  readonly networks: readonly string[]
  /** When it was last used from a network that was new to it, in epoch milliseconds; missing if it never was. */
  readonly movedAt?: number
}

/** How many networks of a session are kept: the latest ones. */
const NETWORKS = 8

/**
 * Notes the networks of each session, and shows them in the list of sessions. A known network is not reported again when
 * the device returns to it, such as a phone between home and mobile data.
 */
export function networks(addressOf: AddressOf): Extension {
  /** Of requests under way: the kit's hooks see the request alone, and not its connection. */
  const addresses = new WeakMap<Request, string>()

  return {
    routes(app) {
      const note: MiddlewareHandler = async (c, next) => {
        addresses.set(c.req.raw, addressOf(c))
        await next()
      }
      for (const path of ['/auth/*', '/api/*']) app.use(path, note)
    },

    signIn(signIn, c) {
      const address = addressOf(c)
      const seen = { address, networks: [networkOf(address)] }
      return { ...signIn, data: { ...signIn.data, seen } }
    },

    beforeRefresh({ data }, { request }) {
      const address = addresses.get(request)
      const { seen } = data
      if (seen === undefined || address === undefined || address === seen.address) return undefined
      return { data: { ...data, seen: moved(seen, address) } }
    },

    describe({ data: { seen } }) {
      const { address = null, networks = [], movedAt } = seen ?? {}
      return {
        address,
        networks,
        moved_at: movedAt === undefined ? null : new Date(movedAt),
      }
    },
  }
}

function moved(seen: Seen, address: string): Seen {
  const network = networkOf(address)
  if (seen.networks.includes(network)) return { ...seen, address }
  return {
    address,
    networks: [...seen.networks, network].slice(-NETWORKS),
    movedAt: Date.now(),
  }
}
