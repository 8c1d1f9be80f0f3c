import { isIP } from 'node:net'

/**
 * The network of an address, as far as it can be told from outside: the first 24 bits of an IPv4 address, the first 48
 * of an IPv6 one. Homes and offices get their addresses within such a block, and a phone changes its own all day, so a
 * change within it means nothing. A change of network is no proof of theft either: the owner is told, and nothing ends.
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

/**
 * The blocks in which IPv6 holds IPv4 addresses, mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1): many users
 * share them.
 */
const IPV4_INSIDE = ['0:0:0:0::/64', '64:ff9b:0:0::/64']

/**
 * The smallest block that a provider gives to one customer: an IPv4 address, or the first 64 bits of an IPv6 one (RFC
 * 6177 §2). Attempts are counted by it. Otherwise a guesser with 2^64 addresses could try from each of them.
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

/** All eight groups, including those that `::` stands for, each without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const gap = Math.max(0, 8 - head.length - tail.length)
  return [...head, ...Array<string>(gap).fill('0'), ...tail].map((group) =>
    Number.parseInt(group, 16).toString(16),
  )
}
