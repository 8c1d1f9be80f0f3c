import { BlockList, isIP } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { Config } from '../../config.ts'
import { canonicalAddress } from './network-of.ts'

export type AddressOf = (c: Context) => string

/**
 * Finds the address that a request comes from: the other end of the connection, unless that is a trusted proxy. The
 * entries that trusted proxies added to `X-Forwarded-For` are read from the last one back, up to the first address that
 * is not such a proxy. Entries before it may be forged.
 */
export function createAddressOf({ trustedProxies }: Pick<Config, 'trustedProxies'>): AddressOf {
  const trusted = new BlockList()
  for (const each of trustedProxies) addRange(trusted, each)

  return (c) => {
    let nearest = canonicalAddress(getConnInfo(c).remote.address ?? 'unknown')
    const told = (c.req.header('x-forwarded-for') ?? '')
      .split(',')
      .map((each) => canonicalAddress(each.trim()))
    for (const next of told.reverse()) {
      if (!isTrusted(nearest) || isIP(next) === 0) break
      nearest = next
    }
    return nearest
  }

  function isTrusted(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Whether a text is an address, or a range of them such as `10.0.0.0/8`. */
export function isRange(text: string): boolean {
  const [address = '', prefix = '0', ...more] = text.split('/')
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest && more.length === 0
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/')
  const version = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  if (prefix === undefined) list.addAddress(address, version)
  else list.addSubnet(address, Number(prefix), version)
}
