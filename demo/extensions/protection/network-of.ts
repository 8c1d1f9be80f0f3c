import { isIP } from 'node:net'

/**
 * One spelling for each address: that of RFC 5952 for IPv6, without the name of a network interface. An IPv4 address
 * that arrived over an IPv6 socket (RFC 4291 §2.5.5.2) is spelled as IPv4. Any other text is returned unchanged.
 */
export function canonicalAddress(text: string): string {
  const address = text.replace(/%.*$/, '')
  if (isIP(address) !== 6) return address
  const groups = groupsOf(address)
  return isMapped(groups) ? ipv4At(groups) : compressed(address)
}

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
      return firstBits(groupsOf(address), 48)
    default:
      return address
  }
}

/** A block of addresses, and how many customers it counts for. */
export interface Block {
  readonly block: string
  readonly customers: number
}

/**
 * How many customers a /48 counts for. It is one site (RFC 6177 §2), whose owner could otherwise guess from each of its
 * 65,536 /64 in turn, or it holds many phones, of which a few that misbehave must not lock out the others.
 */
const CUSTOMERS_OF_48 = 10

/**
 * The blocks by which attempts from an address are counted, the widest first. The last is the smallest block that a
 * provider gives to one customer: an IPv4 address, or the first 64 bits of an IPv6 one. IPv4 addresses that were
 * translated to IPv6 (RFC 6052 §2.1) are counted as IPv4: they share one /64.
 */
export function blocksOf(address: string): readonly [Block, ...Block[]] {
  if (isIP(address) !== 6) return [{ block: address, customers: 1 }]
  const groups = groupsOf(address)
  if (isMapped(groups) || isTranslated(groups)) return [{ block: ipv4At(groups), customers: 1 }]
  return [
    { block: firstBits(groups, 48), customers: CUSTOMERS_OF_48 },
    { block: firstBits(groups, 64), customers: 1 },
  ]
}

function firstBits(groups: readonly number[], bits: 48 | 64): string {
  const first = groups.slice(0, bits / 16).map((group) => group.toString(16))
  return `${first.join(':')}::/${bits}`
}

const isMapped = (groups: readonly number[]): boolean => startsWith(groups, [0, 0, 0, 0, 0, 0xffff])

const isTranslated = (groups: readonly number[]): boolean =>
  startsWith(groups, [0x64, 0xff9b, 0, 0, 0, 0])

function startsWith(groups: readonly number[], first: readonly number[]): boolean {
  return first.every((group, n) => groups[n] === group)
}

/** The IPv4 address in the last 32 bits. */
function ipv4At(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/** All eight groups, including those that `::` stands for. */
function groupsOf(address: string): readonly number[] {
  const [head = [], tail = []] = compressed(address)
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const gap = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  return [...head, ...gap, ...tail].map((group) => Number.parseInt(group, 16))
}

/** The platform writes IPv6 addresses as RFC 5952 does, and an IPv4 address at their end in hexadecimal. */
function compressed(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}
