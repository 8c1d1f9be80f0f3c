import { isIP } from 'node:net'

/**
 * The network that an address belongs to, as far as that can be told from outside: the first 24 bits of an IPv4 address,
 * the first 48 of an IPv6 one. Within these a home or an office gets its addresses, and a phone changes its own all day,
 * so that a change within them says nothing. A change of network is no proof of theft either, which is why it is told to
 * the owner and ends nothing.
 */
export function networkOf(address: string): string {
  switch (isIP(address)) {
    case 4:
      return `${address.split('.').slice(0, 3).join('.')}.0/24`
    case 6:
      return firstBits(address, 48)
    default:
      return address
  }
}

/** Where IPv6 has addresses of IPv4, mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1): those of everybody. */
const IPV4_INSIDE = ['0:0:0:0::/64', '64:ff9b:0:0::/64']

/**
 * What one customer of a provider is given at least: an IPv4 address, or the first 64 bits of IPv6 ones (RFC 6177 §2). They
 * count as one, or who has 2^64 addresses may guess from each of them.
 */
export function customerOf(address: string): string {
  if (isIP(address) !== 6) return address
  const network = firstBits(address, 64)
  return IPV4_INSIDE.includes(network) ? address : network
}

function firstBits(address: string, bits: 48 | 64): string {
  return `${groupsOf(address)
    .slice(0, bits / 16)
    .join(':')}::/${bits}`
}

/** All eight groups, those behind a `::` too, each as short as it can be. */
function groupsOf(address: string): string[] {
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const gap = Math.max(0, 8 - head.length - tail.length)
  return [...head, ...Array<string>(gap).fill('0'), ...tail].map((group) =>
    Number.parseInt(group, 16).toString(16),
  )
}
