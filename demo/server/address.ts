import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/** The other end of the connection. Behind a proxy, that is the proxy: read the header it sets instead. */
export function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? 'unknown'
}
